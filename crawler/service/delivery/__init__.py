"""The deliver role: alerts become messages, and messages are sent."""
