"""Whole tables as files: NumPy's .npz, Parquet, or a folder of images.

    export_table(client.data, "people", Path("people.parquet"))

Everything is written under a temporary name and takes its own when it is complete. Tables may be larger than memory.

Modules: `exporting` chooses by the name of the target, `npz`, `parquet` and `image_folder` write, `blocks` and
`columns_on_disk` hold rows by column on the way, `replacement` the temporary names. The way back is `tablefit.sources`.
"""

from tablefit.exports.exporting import Export, ExportOptions, export_table
from tablefit.exports.replacement import check_target

__all__ = ["Export", "ExportOptions", "check_target", "export_table"]
