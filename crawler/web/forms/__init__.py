"""What forms and addresses carry: searches, times, cursors, drafts of rules, edits of the watch file."""
