"""A table of columns of several kinds, for a small dense network."""

from tablefit.data import Column, DataClient

# As (age, hours, town, keeps): the younger half keeps.
PEOPLE = [(20 + 2 * number, 1.5 * (number % 7), ("Ulm", "Bonn", "Kiel")[number % 3]) for number in range(30)]


def store_people(address: str, table: str = "people") -> None:
    """Stores 30 people in a table with the class "no" or "yes" as `keeps`."""
    columns = [
        Column("age", "integer", nullable=False),
        Column("hours", "float", nullable=False),
        Column("town", "category", nullable=False),
        Column("keeps", "category", nullable=False),
    ]
    with DataClient(address) as data:
        data.create_table(table, columns=columns)
        rows = [
            {"age": age, "hours": hours, "town": town, "keeps": "yes" if age < 50 else "no"}
            for age, hours, town in PEOPLE
        ]
        data.insert_rows(table, rows)
