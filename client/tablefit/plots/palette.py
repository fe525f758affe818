"""Colours and sizes that all pictures share: quiet lines, dark text, blue for training, orange for held-out rows."""

TEXT = "#1f2933"
MUTED = "#6b7785"
GRID = "#e4e8ec"
TRAINING = "#2f6db3"
HELD_OUT = "#d9822b"
DPI = 150
FONT = {"font.family": "DejaVu Sans", "font.size": 10, "text.color": TEXT, "axes.labelcolor": MUTED}
