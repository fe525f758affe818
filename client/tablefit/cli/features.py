"""`tablefit features`: what the features of a file become on a table, as numbers to look at or as arrays to keep."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tablefit.cli import output
from tablefit.cli.connections import DataServiceOption, JsonOption, open_data
from tablefit.cli.help_text import examples
from tablefit.cli.meter import open_meter
from tablefit.cli.tables import NameArgument
from tablefit.errors import InvalidInput

if TYPE_CHECKING:
    from tablefit.data import DataClient, StreamHeader, StreamOptions

commands = typer.Typer()

_BATCH_ROWS = 4096
# So many words of a vocabulary are shown.
_SHOWN_WORDS = 6


@commands.command(
    epilog=examples(
        "tablefit features people features.yaml",
        "tablefit features people features.yaml --validation-split 0.2 --output people.npz",
        "cat features.yaml   # features: [{age: [{impute: median}, standardize]}, {education: one_hot}]",
    )
)
def features(
    context: typer.Context,
    name: NameArgument,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The features, in YAML or JSON.", show_default=False, exists=False)
    ],
    target: Annotated[
        Path | None, typer.Option("--output", metavar="FILE.npz", help="Write the computed columns of all rows.")
    ] = None,
    validation_split: Annotated[
        float, typer.Option("--validation-split", metavar="SHARE", help="Rows that nothing is learned from, 0 to 1.")
    ] = 0.0,
    split_seed: Annotated[int, typer.Option("--split-seed", metavar="N", help="Chooses which rows.", min=0)] = 0,
    snapshot: Annotated[
        str, typer.Option("--snapshot", metavar="ID", help="Read this snapshot instead of taking one now.")
    ] = "",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace FILE.npz if it exists.")] = False,
    data_service: DataServiceOption = None,
    json_output: JsonOption = False,
) -> None:
    """Fit the features of a file to the rows of a table, and show what was learned.

    Numbers are learned from the training rows only. With --output all rows are written as arrays, computed with these
    numbers; is_validation says which rows were held out.
    """
    from tablefit.data import StreamOptions
    from tablefit.features import load_features

    wanted = load_features(file)
    columns = wanted.columns
    if columns and wanted.target and wanted.target not in columns:
        columns = (*columns, wanted.target)
    if target is not None:
        _check_target(target, overwrite)
    options = StreamOptions(
        table=name,
        snapshot=snapshot,
        columns=columns,
        features=wanted.features,
        target=wanted.target,
        validation_fraction=validation_split,
        split_seed=split_seed,
        part="training",
        batch_size=_BATCH_ROWS,
    )
    with open_data(context, data_service) as data:
        header = data.describe_stream(options)
        if target is not None:
            _write(data, options, header, target, json_output)
    if json_output:
        output.print_json(_described(header))
    else:
        _tell(header, target)


def _check_target(target: Path, overwrite: bool) -> None:
    from tablefit.exports import check_target

    if target.suffix.lower() != ".npz":
        raise InvalidInput(f"expected the name of an .npz file to write, received {target}")
    check_target(target, overwrite)


def _write(
    data: "DataClient", options: "StreamOptions", header: "StreamHeader", target: Path, json_output: bool
) -> None:
    """All rows of the snapshot, the training rows first, as one array a column."""
    from dataclasses import replace

    import numpy as np

    from tablefit.arrays import read_columns
    from tablefit.exports.replacement import replaced_file

    fitted = replace(options, snapshot=header.pin.snapshot_id, features=(), fitted_features=header.features)
    parts = ["training", "validation"] if options.validation_fraction else ["training"]
    read = []
    with open_meter("features", "rows", json_output=json_output) as update:
        for part in parts:
            arrays = read_columns(data, replace(fitted, part=part), update)
            arrays["is_validation"] = np.full(len(arrays["id"]), part == "validation")
            read.append(arrays)
    joined: dict[str, Any] = {
        key: read[0][key] if key.endswith("_names") else np.concatenate([arrays[key] for arrays in read])
        for key in read[0]
    }
    with replaced_file(target) as stream:
        np.savez_compressed(stream, **joined)


def _described(header: "StreamHeader") -> dict[str, Any]:
    columns = [
        {"column": column.name, "data_type": column.data_type, "row_shape": column.row_shape}
        for column in header.columns
    ]
    return {
        "snapshot": header.pin.snapshot_id,
        "training_rows": header.row_count,
        "columns": columns,
        "features": output.to_json(header.features),
    }


def _tell(header: "StreamHeader", target: Path | None) -> None:
    rows = [
        (fitted.feature.output, fitted.feature.transform, ", ".join(fitted.feature.inputs), "; ".join(_learned(fitted)))
        for fitted in header.features
    ]
    output.print_columns(("output", "transform", "of", "learned"), rows)
    output.say()
    shapes = [(column.name, column.data_type, "x".join(map(str, column.row_shape)) or "-") for column in header.columns]
    output.print_columns(("column", "type", "shape"), shapes)
    output.say()
    output.say(
        f"Learned from {output.count(header.row_count, 'training row')} of snapshot {header.pin.snapshot_id}."
        + (f" Wrote {output.printable(str(target))}." if target else "")
    )


def _learned(fitted: Any) -> Iterator[str]:
    for name, number in fitted.numbers.items():
        values = number.reshape(-1).tolist()
        yield f"{name} {', '.join(f'{value:.6g}' for value in values[:_SHOWN_WORDS])}{_more(len(values))}"
    if fitted.vocabulary:
        words = ", ".join(map(output.printable, fitted.vocabulary[:_SHOWN_WORDS]))
        yield f"{len(fitted.vocabulary)} categories: {words}{_more(len(fitted.vocabulary))}"


def _more(count: int) -> str:
    return f" and {count - _SHOWN_WORDS:,} more" if count > _SHOWN_WORDS else ""
