"""What TensorFlow does with the same images, in a process of its own: files of a folder, and TFRecord.

`python -m tests.benchmarks.keras_process` takes one JSON list on each line of standard input, [way, arguments …], does
the work and answers with a line: the seconds that it took. Loading TensorFlow is not measured.

    write_records FOLDER FILE MODE SIDE     two TFRecord files: FILE.encoded as they are, FILE.raw decoded
    folder FOLDER MODE SIDE                 keras.utils.image_dataset_from_directory, from its call to the last batch
    encoded FILE MODE SIDE                  TFRecord, decoded anew in each epoch, as such files mostly are
    raw FILE MODE SIDE                      TFRecord of decoded pixels
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
BATCH_ROWS = 64
_SHUFFLED_ROWS = 10_000
_CHANNELS = {"L": 1, "RGB": 3}


class KerasProcess:
    """The process, ready for work."""

    def __init__(self) -> None:
        # The last keeps quiet what would be said on standard error; nothing here is computed by oneDNN.
        environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def seconds(self, way: str, *arguments: str | int) -> float:
        """Has the work done; returns how long it took."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([way, *arguments]) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, f"the process of TensorFlow ended over {way}"
        return float(answer)

    def close(self) -> None:
        """Ends the process."""
        self._process.communicate()


def write_records(folder: str, file: str, mode: str, side: int) -> None:
    """Writes each image to both files, with its label."""
    import tensorflow as tf

    with tf.io.TFRecordWriter(f"{file}.encoded") as encoded, tf.io.TFRecordWriter(f"{file}.raw") as raw:
        for path in sorted(Path(folder).glob("*/*")):
            image = Image.open(path).convert(mode).resize((side, side), Image.Resampling.BILINEAR)
            encoded.write(_example(path.read_bytes(), int(path.parent.name)))
            raw.write(_example(image.tobytes(), int(path.parent.name)))


def read_folder(folder: str, mode: str, side: int) -> None:
    """One epoch of the images in a folder."""
    import keras

    with open(os.devnull, "w") as quiet:
        standard, sys.stdout = sys.stdout, quiet
        try:
            images = keras.utils.image_dataset_from_directory(
                folder,
                color_mode="grayscale" if mode == "L" else "rgb",
                image_size=(side, side),
                batch_size=BATCH_ROWS,
                seed=1,
            )
        finally:
            sys.stdout = standard
    _iterate(images)


def read_encoded(file: str, mode: str, side: int) -> None:
    """One epoch of records that hold files."""
    import tensorflow as tf

    def decode(record: Any) -> Any:
        parsed = tf.io.parse_single_example(record, _features())
        decoder = tf.io.decode_png if mode == "L" else tf.io.decode_jpeg
        image = decoder(parsed["image"], channels=_CHANNELS[mode])
        if side == 224:
            image = tf.cast(tf.image.resize(image, (side, side)), tf.uint8)
        return tf.ensure_shape(image, (side, side, _CHANNELS[mode])), parsed["label"]

    records = tf.data.TFRecordDataset(f"{file}.encoded").shuffle(_SHUFFLED_ROWS, seed=1)
    decoded = records.map(decode, num_parallel_calls=tf.data.AUTOTUNE)
    _iterate(decoded.batch(BATCH_ROWS).prefetch(tf.data.AUTOTUNE))


def read_raw(file: str, mode: str, side: int) -> None:
    """One epoch of records that hold pixels, parsed a batch at a time."""
    import tensorflow as tf

    def decode(records: Any) -> Any:
        parsed = tf.io.parse_example(records, _features())
        pixels = tf.io.decode_raw(parsed["image"], tf.uint8)
        return tf.reshape(pixels, (-1, side, side, _CHANNELS[mode])), parsed["label"]

    batches = tf.data.TFRecordDataset(f"{file}.raw").shuffle(_SHUFFLED_ROWS, seed=1).batch(BATCH_ROWS)
    _iterate(batches.map(decode, num_parallel_calls=tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE))


def _iterate(batches: Any) -> None:
    for images, labels in batches:
        np.asarray(images), np.asarray(labels)


def _example(image: bytes, label: int) -> bytes:
    import tensorflow as tf

    features = {
        "image": tf.train.Feature(bytes_list=tf.train.BytesList(value=[image])),
        "label": tf.train.Feature(int64_list=tf.train.Int64List(value=[label])),
    }
    return bytes(tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString())


def _features() -> dict[str, Any]:
    import tensorflow as tf

    return {"image": tf.io.FixedLenFeature([], tf.string), "label": tf.io.FixedLenFeature([], tf.int64)}


WAYS = {"write_records": write_records, "folder": read_folder, "encoded": read_encoded, "raw": read_raw}


def _work() -> None:
    import tensorflow  # noqa: F401 - loaded before anything is measured

    for line in sys.stdin:
        way, *arguments = json.loads(line)
        start = perf_counter()
        WAYS[way](*arguments)
        print(perf_counter() - start, flush=True)


if __name__ == "__main__":
    _work()
