"""The handwritten digits of the demo: scikit-learn's `load_digits`, written out as PNG files in label folders.

DIR/digits/0/0000.png … DIR/digits/9/1795.png     8x8 pixels, grey; the number is the row's index in load_digits
"""

from pathlib import Path

IMAGE_COUNT = 1_797

ORIGIN = (
    "1,797 handwritten digits: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, "
    "UCI Machine Learning Repository, 1998, https://doi.org/10.24432/C50P49, licence CC BY 4.0; "
    "the part that scikit-learn carries (sklearn.datasets.load_digits)."
)


def write_digits(folder: Path) -> int:
    """Writes the images that are not there yet; returns how many it wrote. Files that are there stay as they are."""
    from PIL import Image
    from sklearn.datasets import load_digits

    digits = load_digits()
    written = 0
    for index, (pixels, label) in enumerate(zip(digits.images, digits.target, strict=True)):
        path = folder / str(label) / f"{index:04}.png"
        if path.exists():
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        # 0..16 in the data set.
        whole = path.with_suffix(".part")
        Image.fromarray((pixels * 255 / 16).round().astype("uint8"), mode="L").save(whole, format="PNG")
        whole.replace(path)
        written += 1
    return written
