"""The watch file as text: read with its places, explained when wrong, edited without losing a comment."""
