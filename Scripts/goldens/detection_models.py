"""Makes small ONNX models in the forms in which other projects give detections, with numbers that are known.

    python3 -m pip install onnx==1.23.2 numpy
    python3 Scripts/goldens/detection_models.py Tests/OpenVINODetectorTests/Fixtures

    tensorflow   the Object Detection API: uint8 [1, H, W, 3] of free sizes; boxes yMin, xMin, yMax, xMax in 0…1, classes from
                 1 as numbers, scores, and how many of the rows count
    torchvision  [3, H, W] of free sizes without a dimension for images; boxes in pixels of the input, labels as int64, and
                 only so many rows as there are detections
    half         a float16 input and float16 outputs, boxes with scores
    yolo-8, yolo-5   the sizes of their outputs for 640 × 640, zeros

Every output is a constant plus nothing times the mean of the input, so that no input is left out. No randomness.
"""

import sys

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper, save

folder = sys.argv[1]
FLOAT, HALF = TensorProto.FLOAT, TensorProto.FLOAT16


def write(name, kind, shape, outputs, nodes=(), initializers=(), compute=FLOAT):
    numbers = np.float16 if compute == HALF else np.float32
    start = [
        helper.make_node("Cast", ["image"], ["number"], to=compute),
        helper.make_node("ReduceMean", ["number"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "nothing"], ["zero"]),
    ]
    graph = helper.make_graph(
        [*start, *nodes], name, [helper.make_tensor_value_info("image", kind, shape)],
        [helper.make_tensor_value_info(*entry) for entry in outputs],
        [numpy_helper.from_array(np.zeros((), numbers), "nothing"), *(
            numpy_helper.from_array(value, key) for key, value in initializers)])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    checker.check_model(model, full_check=True)
    save(model, f"{folder}/{name}.onnx")


def plus(value, output):
    return helper.make_node("Add", [value, "zero"], [output])


# Three objects in shares of the image, and a row of padding; class 7 has no name where there are two.
boxes = np.array([[[0.1, 0.2, 0.5, 0.4], [0.25, 0.5, 0.75, 0.9], [0, 0, 1, 1], [0, 0, 0, 0]]], np.float32)
write(
    "tensorflow", TensorProto.UINT8, [1, None, None, 3],
    [("num_detections:0", FLOAT, [1]), ("detection_boxes:0", FLOAT, [1, 4, 4]),
     ("detection_scores:0", FLOAT, [1, 4]), ("detection_classes:0", FLOAT, [1, 4])],
    [plus("boxes", "detection_boxes:0"), plus("scores", "detection_scores:0"), plus("classes", "detection_classes:0"),
     plus("count", "num_detections:0")],
    [("boxes", boxes), ("scores", np.array([[0.9, 0.8, 0.7, 0.95]], np.float32)),
     ("classes", np.array([[2, 1, 7, 1]], np.float32)), ("count", np.array([3], np.float32))])

pixels = np.array([[4, 2, 8, 10], [10, 5, 18, 15], [0, 0, 20, 20]], np.float32)
write(
    "torchvision", FLOAT, [3, None, None],
    [("boxes", FLOAT, [None, 4]), ("labels", TensorProto.INT64, [None]), ("scores", FLOAT, [None])],
    [plus("all_scores", "shifted"), helper.make_node("Greater", ["shifted", "least"], ["is_kept"]),
     helper.make_node("NonZero", ["is_kept"], ["places"]), helper.make_node("Squeeze", ["places", "axis"], ["kept"]),
     helper.make_node("Gather", ["all_boxes", "kept"], ["boxes"]), helper.make_node("Gather", ["all_labels", "kept"], ["labels"]),
     helper.make_node("Gather", ["shifted", "kept"], ["scores"])],
    [("all_boxes", pixels), ("all_labels", np.array([2, 1, 1], np.int64)),
     ("all_scores", np.array([0.9, 0.8, 0.01], np.float32)), ("least", np.array(0.05, np.float32)),
     ("axis", np.array([0], np.int64))])

write(
    "half", HALF, [1, 3, 10, 10], [("scores", HALF, [1, 2, 3]), ("boxes", HALF, [1, 2, 4]), ("input_mean", HALF, [])],
    [plus("all_scores", "scores"), plus("all_boxes", "boxes"), helper.make_node("Identity", ["mean"], ["input_mean"])],
    [("all_scores", np.array([[[0.125, 0.75, 0.125], [0.25, 0.125, 0.625]]], np.float16)),
     ("all_boxes", np.array([[[0.125, 0.25, 0.5, 0.5], [0.5, 0.5, 0.75, 1]]], np.float16))], compute=HALF)

for name, shape in [("yolo-8", (1, 84, 8400)), ("yolo-5", (1, 25200, 85))]:
    write(
        name, FLOAT, [1, 3, 640, 640], [("output0", FLOAT, list(shape))],
        [helper.make_node("Expand", ["zero", "sizes"], ["output0"])], [("sizes", np.array(shape, np.int64))])
