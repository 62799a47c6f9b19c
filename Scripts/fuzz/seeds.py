#!/usr/bin/env python3
"""Writes what fuzzing starts from, beside the corpus: seeds.py FOLDER gives FOLDER/TARGET/NAME.

Small files that are as they should be: of the tests' goldens and fixtures, and by hand.
"""

import base64
import json
import pathlib
import shutil
import struct
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FOLDER = pathlib.Path(sys.argv[1])


def golden(name):
    return json.loads((ROOT / f"Tests/{name}.json").read_text())


def seed(target, name, content):
    path = FOLDER / target / name.replace("/", "-")
    path.parent.mkdir(parents=True, exist_ok=True)
    if not isinstance(content, (bytes, str)):
        content = json.dumps(content)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def short(text):
    """A mutation of a long file changes nothing: its first lines."""
    return "".join(text.splitlines(keepends=True)[:6])


def images():
    for file in ["images", "image-formats"]:
        for entry in golden(f"ImageFilesTests/Goldens/{file}")["files"]:
            data = base64.b64decode(entry["file"])
            kind = entry["name"].split("-")[0]
            seed({"heic": "heif", "avif": "heif"}.get(kind, kind), entry["name"], data)
            start = data.find(b"Exif\0\0")
            if start >= 0:
                seed("exif", entry["name"], data[start:start + 200])
            if b"tiff:Orientation" in data:
                start = data.find(b"<x:xmpmeta")
                seed("exif", entry["name"], data[max(start, 0):][:300])


def models():
    fixtures = ROOT / "Tests/ModelFilesTests/Fixtures"
    for path in fixtures.glob("*.pth"):
        seed("pytorch", path.name, path.read_bytes())
        # A stored entry begins behind its name and PyTorch's padding, at 0x80 0x02, and ends in a point.
        data = path.read_bytes()
        start = data.find(b"\x80\x02", data.find(b"data.pkl"))
        if data[:2] == b"PK" and start > 0:
            seed("pickle", path.name, data[start:data.find(b"PK", start)])
    for path in fixtures.glob("*.tflite"):
        seed("tflite", path.name, path.read_bytes())
    for path in (ROOT / "Tests/OpenVINODetectorTests/Fixtures").glob("*.onnx"):
        seed("onnx", path.name, path.read_bytes())
    seed("onnx", "metadata", onnx_with_metadata())
    for name, entries in {
        "weights": {"__metadata__": {"position": "{}"}, "a": ("F32", [2, 1], 8), "b": ("BF16", [3], 6)},
        "types": {f"x{index}": (kind, [], size) for index, (kind, size) in enumerate(
            {"BOOL": 1, "U8": 1, "I8": 1, "I16": 2, "U16": 2, "I32": 4, "F16": 2, "F64": 8, "I64": 8}.items())},
    }.items():
        seed("safetensors", name, safetensors(entries))


def safetensors(entries):
    header, offset = {}, 0
    for name, value in entries.items():
        if isinstance(value, dict):
            header[name] = value
            continue
        kind, shape, size = value
        header[name] = {"dtype": kind, "shape": shape, "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(offset)


def protobuf(number, content):
    """A field of bytes or of a message, of less than 16 KiB."""
    return bytes([number << 3 | 2, len(content) & 127 | 128, len(content) >> 7]) + content


def onnx_with_metadata():
    text = json.dumps(description()).encode()
    entry = protobuf(1, b"multibox") + protobuf(2, text)
    return bytes([8, 8]) + protobuf(7, protobuf(2, b"x")) + protobuf(14, entry)


def description():
    known = ROOT / "Sources/Detectors/Description/Known"
    return json.loads((known / "ultraface.json").read_text())


BOXES = {"imageWidthInPixels": 64, "imageHeightInPixels": 48, "clipping": "sizes", "featureMaps": [
    {"rows": 2, "columns": 3, "stepInPixels": 16, "shapes": [{"width": 10, "height": 20}]},
    {"rows": 1, "columns": 1, "shapes": [{"width": 30.5, "height": 20}, {"width": 8, "height": 8}]}]}


def values():
    for path in (ROOT / "Sources/Detectors/Description/Known").glob("*.json"):
        seed("description", path.name, path.read_bytes())
    outputs = [
        {"kind": "rows", "output": {"name": "rows"}, "columns": ["xMin", "yMin", "xMax", "yMax", "score", "label"]},
        {"kind": "heads", "classes": {"output": {"name": "c"}, "scoreFunction": "softmax", "hasBackground": True},
         "offsets": {"name": "o"}, "defaultBoxes": {"specification": BOXES}},
    ]
    for index, value in enumerate(outputs):
        seed("description", f"outputs-{index}", description() | {"outputs": value})
    seed("default-boxes", "two-maps", BOXES)
    data = {"path": "photos", "format": "voc", "splitSeed": 0, "trainSplit": "train", "isStrict": False,
            "classNames": ["cat"]}
    seed("configuration", "shortest", {"formatVersion": 2, "data": data})
    seed("configuration", "more", {
        "formatVersion": 2, "data": data | {"validationSplit": "val"},
        "network": {"name": "ssd-compact", "imageSide": 96, "pretrained": {"path": "w", "classNames": ["a"]}},
        "optimization": {"epochs": 2, "batchSize": 4, "learningRate": {"base": 0.1, "warmUpIterations": 3},
                         "momentum": 0.9, "weightDecay": 0.0005, "gradientLimit": 1, "averageDecay": 0.99, "seed": 1},
        "execution": {"device": "cpu", "precision": "float32", "threadCount": 2, "loaderThreadCount": 1,
                      "validationInterval": 1}, "augmentation": {"mirrorProbability": 0.5}, "loss": {"alpha": 1}})
    seed("targets", "two-objects", {"images": [
        {"boxes": [[0.1, 0.1, 0.5, 0.5], [0.5, 0.5, 0.9, 0.9]], "classes": [1, 2]}]})
    line = {"kind": "training", "iteration": 4, "epoch": 1, "loss": 1.5, "localization": 0.5, "confidence": 1,
            "positivesPerImage": 2, "learningRate": 0.1, "gradientNorm": 3, "imagesPerSecond": 9.5}
    measured = {"kind": "evaluation", "iteration": 4, "epoch": 1, "split": "val", "selects": True, "AP": 0.5,
                "AP50": 0.6, "AP75": 0.4, "perClass": {"cat": {"AP": 0.5, "AP50": 0.6}}}
    seed("metrics", "two-lines", f"{json.dumps(line)}\n{json.dumps(measured)}\n")
    seed("metrics", "torn", f"{json.dumps(line)}\n{json.dumps(measured)[:40]}")
    sums = {"iterations": 2, "images": 16, "loss": 1.5, "localization": 0.5, "confidence": 1.25, "positives": 31,
            "gradientNorm": 4.5, "seconds": 0.25}
    position = {"iteration": 12, "bestAveragePrecision": 0.5, "epochSums": sums}
    seed("position", "in-an-epoch", position)
    seed("position", "to-be-evaluated", position | {"bestAveragePrecision": -1, "isToBeEvaluated": True})
    record = {"imageCount": 3, "objectCount": 5, "digest": "ab" * 32, "report": {
        "changes": {"clippedBox": 2},
        "problems": [{"kind": "missingFile", "file": "a.png", "reason": "no such file"}]}}
    seed("data-record", "two-splits", {"train": record, "val": record | {"report": {"changes": {}, "problems": []}}})
    coco = {"images": [{"id": 1, "file_name": "a.png", "width": 8, "height": 6}],
            "categories": [{"id": 3, "name": "cat", "supercategory": "animal"}],
            "annotations": [{"id": 1, "image_id": 1, "category_id": 3, "bbox": [1, 1, 4, 3], "area": 12,
                             "iscrowd": 0, "segmentation": [[1, 1, 5, 1, 5, 4]]}]}
    for target in ["coco", "coco-dataset"]:
        seed(target, "one-box", coco)
    seed("results", "one-box", [{"image_id": 1, "category_id": 3, "bbox": [1.5, 1, 4, 3], "score": 0.25}])


def labels():
    for entry in golden("DatasetsTests/Goldens/label-formats-text")["sets"]:
        target = {"wider_face": "widerface"}.get(entry["format"], entry["format"])
        for name, text in list(entry["files"].items())[:8]:
            own = {"yaml": "yaml", "xml": target}.get(name.rsplit(".", 1)[-1], target)
            seed("voc-list" if "ImageSets" in name else own, name, text if own == "cvat" else short(text))
            if own == "voc":
                seed("folder", name, text)
    for entry in golden("DatasetsTests/Goldens/label-formats")["datasets"]:
        for name, text in entry["files"].items():
            seed("csv", f"{entry['layout']}-{name}", short(text))
    for index, text in enumerate([
        "a.png,4,2,20,12,cat\nb.png,,,,,\n", "cat,4,2,16,10,a.png,40,20\n",
        "TRAIN,gs://b/a.png,cat,0.1,0.1,,,0.5,0.6,,\n", 'image_id,width,height,bbox\na,40,20,"[4, 2, 16, 10]"\n',
        "filename;class;xmin;ymin;xmax;ymax;split\na;c;1;2;3;4;val\n",
    ]):
        seed("csv", f"dialect-{index}", text)
    for name, entry in golden("DatasetsTests/Goldens/label-formats-json").items():
        for file, text in (entry["files"] if name != "oracle" else {}).items():
            values = json.loads(text)
            seed(name, file, values[:2] if isinstance(values, list) else values)
    records = golden("DatasetsTests/Goldens/label-formats")["records"]
    data = base64.b64decode(records["file"])
    seed("records", "golden", data)
    seed("tfrecord", "golden", data[12:12 + struct.unpack("<Q", data[:8])[0]])
    for archive in golden("DatasetsTests/Goldens/tar"):
        seed("tar", archive["format"], base64.b64decode(archive["archive"]))
    seed("webdataset", "objects", '{"file_name": "a.png", "width": 8, "height": 6, "objects": [{"class": "cat", "box": [1, 2, 5, 5], "difficult": true, "iscrowd": 1, "area": 7.5}]}')
    seed("webdataset", "annotations", '{"image": {"width": 8, "height": 6}, "annotations": [{"category_id": 3, "bbox": [1, 2, 3, 4]}]}')
    seed("webdataset", "list", '[{"label": "cat", "xmin": 1, "ymin": 2, "xmax": 5, "ymax": 5}]')
    seed("label-map", "golden", records["files"]["label_map.pbtxt"])
    seed("label-map", "more", 'item {\n  id: 3  # three\n  name: "/m/01"\n  display_name: "Cat\\303"\n}\nitem: {id: 0}\n')
    seed("darknet", "golden", "classes = 2\ntrain = train.txt\nnames = obj.names\nbackup = x\n\x1Dcat\ndog\n\x1Dobj/a.png\n")
    seed("yaml", "map", "path: .\ntrain: [train/images]\nval: \nnc: 2\nnames:\n  0: cat\n  1: 'dog'\n")
    seed("yaml", "merge", "a: &a {x: 1}\nb:\n  <<: *a\nnames: [a, b]\ntrain: train/images\n")
    for index, text in enumerate(["shapes", "shapes:images=8,side=32,seed=3,held-out=2"]):
        seed("shapes", str(index), text)
    seed("yolo", "polygon", "1 0.1 0.1 0.5 0.1 0.5 0.6\n0 .5 .5 .2 .2 .4 .4 2 .3\n")
    hand_made_xml()
    via()


def hand_made_xml():
    seed("voc", "pixel-0", "<annotation><filename>a.png</filename><size><width>8</width><height>6</height></size>"
         "<object><name>cat</name><difficult>1</difficult><bndbox><xmin>0</xmin><ymin>1</ymin><xmax>5.5</xmax>"
         "<ymax>5</ymax></bndbox></object></annotation>")
    shapes = [
        '<box label="c" occluded="0" xtl="1" ytl="1" xbr="4" ybr="3" rotation="30"/>',
        '<polygon label="c" points="1,1;5,1;4,4.5"/>', '<ellipse label="c" cx="3" cy="3" rx="2" ry="1"/>',
        '<mask label="c" rle="1, 2" left="1" top="1" width="3" height="2"/>', '<points label="c" points="1,2"/>',
        '<box label="c" xtl="0" ytl="0" xbr="4" ybr="4"><attribute name="is_crowd">true</attribute></box>']
    meta = ("<meta><task><labels><label><name>c</name><type>any</type></label></labels><size>2</size>"
            "<original_size><width>8</width><height>6</height></original_size></task></meta>")
    seed("cvat", "shapes", f'<annotations>{meta}<image id="0" name="a.png" width="8" height="6">'
         f'{"".join(shapes)}</image></annotations>')
    seed("cvat", "track", f'<annotations>{meta}<track id="0" label="c"><box frame="0" outside="0" xtl="1" ytl="1" '
         'xbr="4" ybr="3"/><box frame="1" outside="1" xtl="1" ytl="1" xbr="4" ybr="3"/></track></annotations>')


def via():
    shapes = [
        {"name": "rect", "x": 1, "y": 2, "width": 3, "height": 4}, {"name": "circle", "cx": 3, "cy": 3, "r": 2},
        {"name": "ellipse", "cx": 3, "cy": 2, "rx": 2, "ry": 1, "theta": .5}, {"name": "point", "cx": 1, "cy": 2},
        {"name": "polygon", "all_points_x": [1, 5, 2], "all_points_y": [1, 4, 3]},
    ]
    regions = [{"shape_attributes": shape, "region_attributes": {"type": {"a": True, "b": False}}} for shape in shapes]
    image = {"filename": "a.png", "size": 1, "regions": regions, "file_attributes": {}}
    numbered = image | {"regions": {str(number): region for number, region in enumerate(regions)}}
    third = {
        "attribute": {"1": {"aname": "class", "options": {"0": "a", "1": "b"}}}, "view": {"1": {"fid_list": [1]}},
        "file": {"1": {"fname": "a.png", "type": 2}}, "project": {}, "metadata": {
            str(number): {"vid": "1", "xy": xy, "av": {"1": "0,1"}} for number, xy in enumerate([
                [1, 2, 3], [2, 1, 2, 3, 4], [3, 1, 2, 3], [4, 1, 2, 3, 4], [7, 1, 2, 3, 4], [8, 1, 2, 3, 4, 5, 6]])},
    }
    project = {"_via_settings": {"core": {"default_filepath": "x/"}}, "_via_img_metadata": {"a.png1": image}}
    for name, value in {"1": {"a.png1": numbered}, "2": {"a.png1": image}, "project": project, "3": third}.items():
        seed("via", name, value)
    seed("labelstudio", "short", [{"image": "a.png", "annotation_id": 1, "label": [
        {"x": 1, "y": 2, "width": 3, "height": 4, "rotation": 5, "rectanglelabels": ["a"], "original_width": 9}]}])
    seed("labelme", "short", {"imagePath": "a.png", "imageWidth": 8, "imageHeight": 6, "shapes": [
        {"label": "c", "shape_type": kind, "points": [[1, 1], [4, 3], [2, 5]][:count]}
        for kind, count in {"rectangle": 2, "circle": 2, "polygon": 3, "point": 1, "line": 2}.items()]})
    seed("createml", "short", [{"image": "a.png", "annotations": [
        {"label": "c", "coordinates": {"x": 4, "y": 3, "width": 3, "height": 2}}]}])


def requests():
    def form(*parts, end="--b--\r\n", boundary="b"):
        return f"multipart/form-data; boundary={boundary}\n" + "".join(
            f"--b\r\n{head}\r\n\r\n{content}\r\n" for head, content in parts) + end

    image = ('Content-Disposition: form-data; name="image"; filename="a.png"\r\nContent-Type: image/png', "bytes")
    field = lambda name, value: (f"content-disposition:form-data;name={name}", value)
    seed("multipart", "image", form(image))
    seed("multipart", "fields", form(field("threshold", ".5"), image, field("classes", "a,b\\,c"), field("max", "3")))
    seed("multipart", "empty", form())
    seed("multipart", "preamble", "multipart/form-data; boundary=\"b\"\nx\r\n" + form(image, end="--b \t\r\n").split("\n", 1)[1])
    seed("multipart", "quotes", form(('Content-Disposition: form-data; name="i\\"; x"; filename=""', "--b")))
    seed("multipart", "cut", form(image)[:-8])
    seed("multipart", "many", form(*[field("max", "1")] * 65))
    seed("multipart", "other", "text/plain\n" + form(image))
    bytes64 = base64.b64encode(b"bytes").decode()
    for name, value in {
        "all": {"image": bytes64, "threshold": .5, "classes": ["a", "b"], "max": 3, "model": "m"},
        "image": {"image": bytes64}, "none": {}, "empty": {"image": ""}, "bad": {"image": "%", "max": 0},
        "range": {"image": bytes64, "threshold": 2}, "types": {"image": bytes64, "classes": "a", "max": 1.5},
    }.items():
        seed("detect-request", name, value)
    tensor = lambda shape, data, kind="UINT8": {"name": "image", "shape": shape, "datatype": kind, "data": data}
    for name, value in {
        "flat": {"id": "1", "inputs": [tensor([1, 1, 2, 3], [1, 2, 3, 4, 5, 255])], "outputs": [{"name": "boxes"}]},
        "nested": {"inputs": [tensor([1, 1, 2, 3], [[[[1, 2, 3], [4, 5, 6]]]])], "parameters": {"threshold": 0, "max": 1}},
        "files": {"inputs": [tensor([2], [bytes64, bytes64], "BYTES")]},
        "count": {"inputs": [tensor([1, 1, 2, 3], [1, 2])]}, "large": {"inputs": [tensor([1, 9, 9, 3], [])]},
        "kind": {"inputs": [tensor([1], [1.5], "FP32")]}, "none": {"inputs": []},
        "two": {"inputs": [tensor([1], ["YQ=="], "BYTES")] * 2}, "many": {"inputs": [tensor([5], [], "BYTES")]},
    }.items():
        seed("inference", name, value)


shutil.rmtree(FOLDER, ignore_errors=True)
for part in [images, models, values, labels, requests]:
    part()
