"""Trained models at work: predictions from files and rows, evaluations, predictions of whole tables.

    servicer > Inference (`calls`) > pool > ModelProcess == socket, `frames` ==> child: Keras, decoding of files
                             └─ batches of tables from the data service, with the model's own options (`reading`)

Each loaded model has a process of its own, which stays for the next call, so that neither a broken image nor a fault
of a native library reaches the service, which never imports Keras. Modules: `facts` is what a model's file says of
itself, `process` and `pool` look after the children, `child` and `network` are what they run, `outcomes` turns outputs
into predictions, `evaluation` counts, `evaluating` and `table_predictions` do the work on tables.
"""
