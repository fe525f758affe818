"""What both ends of a call must agree on: errors as statuses, tensors, channels, servers, settings.

Nothing here knows what a table or a job is. Leaves to `tablefit.data` and `tablefit.training` the calls themselves and
to the services their answers.
"""
