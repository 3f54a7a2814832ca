"""``dialogs/`` as checked, frozen data: every word that is spoken or understood."""
