"""The text that is removed from a body: labels, prompts, bylines, credits, lines that a site repeats."""
