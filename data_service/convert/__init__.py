"""Messages to records and back: the only place besides the servicer that knows protobuf."""
