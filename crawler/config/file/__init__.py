"""The watch file as text: parsing with positions, error messages, and edits that keep comments."""
