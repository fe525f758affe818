"""The data service: keeps tables of rows and turns them into exact, repeatable streams of batches."""
