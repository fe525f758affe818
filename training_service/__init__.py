"""The training service: turns a stream of batches and a chosen architecture into a trained model, step by step."""
