"""Image files -> images of one size and one number of channels, in TensorFlow alone."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

CHANNELS = {"grayscale": 1, "rgb": 3, "rgba": 4}
_JPEG, _PNG, _BMP = b"\xff\xd8\xff", b"\x89PNG", b"BM"
_RATIOS = (1, 2, 4, 8)  # by which a JPEG can be scaled down while it is decoded
_CMYK = 4  # components
_OPAQUE = 255


class Decoder(NamedTuple):
    """How files become images.

    Attributes
    ----------
    height, width, channels : int
        Of the images.
    interpolation : str
        As for ``tf.image.resize``.
    crops : bool
        Whether images keep their aspect ratio: the middle of each is resized.
    scales : bool
        Whether a JPEG is scaled down while it is decoded, to no less than the size of the images.
    """

    height: int
    width: int
    channels: int
    interpolation: str
    crops: bool = False
    scales: bool = False

    @property
    def shape(self) -> tuple[int, int, int]:
        """The shape of an image."""
        return self.height, self.width, self.channels

    def image(self, path: Any) -> Any:
        """Return the image in a file as float32 from 0 to 255, or raise an error of TensorFlow."""
        image = tf.ensure_shape(self._decoded(tf.io.read_file(path)), [None, None, self.channels])
        if self.crops:
            image = self._middle(image)
        image = tf.image.resize(image, (self.height, self.width), method=self.interpolation)
        return tf.cast(image, tf.float32)

    def _decoded(self, data: Any) -> Any:
        if self.channels == CHANNELS["rgb"] and not self.scales:
            return _decoded(data, 3)
        return tf.cond(_begins(data, _JPEG), lambda: self._jpeg(data), lambda: self._other(data))

    def _jpeg(self, data: Any) -> Any:
        if not self.scales:
            return self._scaled_jpeg(data, 1)
        # A side of length n is scaled to ceil(n / ratio), which is at least m if n is above ratio * (m - 1).
        least = np.outer(_RATIOS[1:], np.subtract(self.shape[:2], 1)).astype(np.int32)
        fits = tf.reduce_all(tf.image.extract_jpeg_shape(data)[:2] > least, axis=1)
        number = tf.reduce_sum(tf.cast(fits, tf.int32))
        return tf.switch_case(number, [lambda ratio=ratio: self._scaled_jpeg(data, ratio) for ratio in _RATIOS])

    def _scaled_jpeg(self, data: Any, ratio: int) -> Any:
        def rgb() -> Any:
            return tf.io.decode_jpeg(data, channels=3, ratio=ratio)

        if self.channels == CHANNELS["rgb"]:
            return rgb()
        if self.channels == CHANNELS["rgba"]:
            return _opaque(rgb())
        return tf.cond(
            tf.equal(tf.image.extract_jpeg_shape(data)[2], _CMYK),  # TensorFlow converts it to RGB only
            lambda: tf.image.rgb_to_grayscale(rgb()),
            lambda: tf.io.decode_jpeg(data, channels=1, ratio=ratio),
        )

    def _other(self, data: Any) -> Any:
        """Decode a file that is no JPEG; of the other kinds, TensorFlow does not convert all to all channels."""
        if self.channels == CHANNELS["rgb"]:
            return _decoded(data, 3)
        if self.channels == CHANNELS["grayscale"]:
            return tf.cond(
                _begins(data, _PNG), lambda: _decoded(data, 1), lambda: tf.image.rgb_to_grayscale(_decoded(data, 3))
            )
        has_alpha = tf.logical_or(_begins(data, _PNG), _begins(data, _BMP))
        return tf.cond(has_alpha, lambda: _decoded(data, 4), lambda: _opaque(_decoded(data, 3)))

    def _middle(self, image: Any) -> Any:
        height, width = tf.unstack(tf.shape(image)[:2])
        crop_height = tf.minimum(height, tf.cast(tf.cast(width * self.height, tf.float32) / self.width, tf.int32))
        crop_width = tf.minimum(width, tf.cast(tf.cast(height * self.width, tf.float32) / self.height, tf.int32))
        crop_height, crop_width = tf.maximum(crop_height, 1), tf.maximum(crop_width, 1)
        begin = tf.stack([(height - crop_height) // 2, (width - crop_width) // 2, 0])
        return tf.slice(image, begin, tf.stack([crop_height, crop_width, self.channels]))


def _decoded(data: Any, channels: int) -> Any:
    image = tf.io.decode_image(data, channels=channels, expand_animations=False)
    image.set_shape([None, None, channels])  # TensorFlow converts, or fails
    return image


def _opaque(rgb: Any) -> Any:
    return tf.concat([rgb, tf.fill(tf.concat([tf.shape(rgb)[:2], [1]], 0), tf.constant(_OPAQUE, tf.uint8))], 2)


def _begins(data: Any, magic: bytes) -> Any:
    return tf.equal(tf.strings.substr(data, 0, len(magic)), magic)
