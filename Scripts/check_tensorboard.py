"""Reads a folder of event files with TensorBoard's own reader and prints what it holds as JSON."""

import io
import json
import sys

from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator



def picture(event):
    image = Image.open(io.BytesIO(event.encoded_image_string))
    return [event.step, *image.size, *image.convert("L").getextrema()]


events = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0, "images": 0})
events.Reload()
tags = events.Tags()
json.dump(
    {
        "scalars": {tag: [[e.step, e.value] for e in events.Scalars(tag)] for tag in tags["scalars"]},
        "images": {tag: [picture(e) for e in events.Images(tag)] for tag in tags["images"]},
    },
    sys.stdout,
)
