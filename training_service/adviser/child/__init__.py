"""The helper process itself, `python -m training_service.adviser.child`: the only part that imports Keras.

`__main__` reads and writes lines, `answering` is the table of questions, `catalogue` tells what Keras has, `trials`
whether something works, `networks` how large a network is,
`own_models` what a caller's model is.
"""
