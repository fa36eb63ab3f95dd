#!/usr/bin/env python3
"""Writes the event files that TensorBoardLogTests must equal, with TensorBoard's own classes, and reads event files back.

    make.py              red.png and events.out.tfevents.* (tensorboard 2.21.0)
    make.py show FOLDER  what TensorBoard's own reader finds in FOLDER, across restarts
"""

import io
import sys
from pathlib import Path

from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

HERE = Path(__file__).parent


def write(name, time, events):
    with open(HERE / name, "wb") as file:
        writer = RecordWriter(file)
        for event in [Event(file_version="brain.Event:2"), *events]:
            event.wall_time = time
            writer.write(event.SerializeToString())
        writer.flush()


def scalars(step, **values):
    return Event(step=step, summary=Summary(value=[Summary.Value(tag=k, simple_value=v) for k, v in values.items()]))


def start(step):
    return Event(step=step, session_log=SessionLog(status=SessionLog.START))


def make():
    buffer = io.BytesIO()
    Image.new("RGB", (3, 2), (255, 0, 0)).save(buffer, "png")
    (HERE / "red.png").write_bytes(buffer.getvalue())
    image = Summary.Image(width=3, height=2, colorspace=3, encoded_image_string=buffer.getvalue())
    picture = Event(step=10, summary=Summary(value=[Summary.Value(tag="pictures/0", image=image)]))
    write("events.out.tfevents.1700000000.splitmask.0", 1700000000.25,
          [start(0), scalars(10, loss=8.5, learning_rate=0.25), picture])
    write("events.out.tfevents.1700000001.splitmask.0", 1700000001, [start(6), scalars(6, loss=float("nan"))])


def show(folder):
    accumulator = EventAccumulator(str(folder))
    accumulator.Reload()
    tags = accumulator.Tags()
    for tag in tags["scalars"]:
        print(tag, [(event.step, event.value) for event in accumulator.Scalars(tag)])
    for tag in tags["images"]:
        print(tag, [(event.step, event.width, event.height) for event in accumulator.Images(tag)])


if sys.argv[1:2] == ["show"]:
    show(sys.argv[2])
else:
    make()
