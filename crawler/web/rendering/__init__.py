"""Values as pages show them: templates, charts, highlighted text, word differences."""
