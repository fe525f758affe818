"""What the pixels of encoded images are: one definition for streams, and for whoever predicts from files.

    decode_many([png, jpeg, …], PixelFormat("L", 28, 28), out)      uint8 (image, height, width, channel)

Modules: `pixels` says what a file's pixels are, `pixel_format` in which mode and size they are wanted, `decoding`
decodes many at once, `plain_png`, `plain_jpeg` and `sheets` are shorter ways to the same bytes. All are pure functions
of the bytes. NumPy and Pillow alone: no service, no messages.
"""
