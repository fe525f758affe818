"""Trained models at work: predictions from files and rows, evaluations, predictions of whole tables.

    servicer > Inference (`calls`) > pool > ModelProcess == socket, `frames` ==> child: Keras, decoding of files
                             └─ batches of tables from the data service, with the model's own options (`reading`)

Each loaded model has a process of its own, which stays for the next call, so that neither a broken image nor a fault
of a native library reaches the service, which never imports Keras. Modules:

    facts, outcomes                      what a model's file says of itself; what its outputs mean
    process, pool, child, network        the processes, and what they run
    few, row_values                      predictions from a few files and rows
    evaluating, labels, evaluation,      evaluations: the work, the truth about rows, what is counted, and the rows
        worst_rows                       that come out worst
    table_predictions and prediction_*   predictions of tables: the work, its columns, its rows, and what is kept of it
"""
