"""What Daybreak is compared with: a plain Django project over the same tables, Daybreak's models and no more."""
