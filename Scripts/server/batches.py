"""What a network gains of images that are computed together: batches.py detector.onnx.

Prints, for latency and throughput and for batches of 1 to 8, wall and processor milliseconds an image, medians of
rounds that alternate."""

import os
import resource
import statistics
import sys
import time

import numpy
import openvino

IMAGES, ROUNDS, BATCHES = int(os.environ.get("IMAGES", 64)), int(os.environ.get("ROUNDS", 5)), (1, 2, 4, 8)


def processor():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def compiled(path, mode, batch, threads):
    core = openvino.Core()
    model = core.read_model(path)
    shape = model.inputs[0].get_partial_shape()
    shape[0] = batch
    model.reshape({model.inputs[0]: shape})
    settings = {"PERFORMANCE_HINT": mode, "INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32"}
    network = core.compile_model(model, "CPU", settings)
    requests = openvino.AsyncInferQueue(network, network.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS"))
    return requests, numpy.random.default_rng(1).random(list(network.inputs[0].shape), "float32")


def main(path, threads=2):
    networks = {
        (mode, batch): compiled(path, mode, batch, threads) for mode in ("LATENCY", "THROUGHPUT") for batch in BATCHES
    }
    found = {key: [] for key in networks}
    for turn in range(ROUNDS + 1):
        for key, (requests, values) in networks.items():
            start = time.monotonic(), processor()
            for _ in range(IMAGES // key[1]):
                requests.start_async({0: values})
            requests.wait_all()
            # The first turn allocates.
            if turn:
                found[key].append(((time.monotonic() - start[0]) / IMAGES, (processor() - start[1]) / IMAGES))
    for (mode, batch), times in found.items():
        wall, used = (1000 * statistics.median(column) for column in zip(*times))
        print(f"{mode.lower():10}  batch {batch}  {wall:7.2f} ms an image  {used:7.2f} ms of processors")


if __name__ == "__main__":
    main(*sys.argv[1:2])
