"""Migrations, one module for each released schema."""
