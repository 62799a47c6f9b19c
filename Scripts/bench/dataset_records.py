"""Made datasets of many records with tiny pictures: tar shards, TFRecord and COCO's JSON.

The same number gives the same bytes. Pictures are a few, again and again: only the index is measured.
"""

import json
import os
import struct
import zlib

CLASSES = ["car", "person", "bicycle", "dog", "cat"]
SIDE = 16
OBJECTS = 3
# Pictures and boxes that differ; a file system allows so many links to one file.
VARIANTS = 64
SHARD = 20_000


def name(number):
    return f"{number:012d}"


def variant(number):
    """The objects of a picture: class numbers from 0, and corners in pixels."""
    objects = []
    for place in range(number % VARIANTS % (2 * OBJECTS - 1) + 1):
        x, y = (number + 3 * place) % 9, (number // 4 + 5 * place) % 9
        objects.append(((number + place) % len(CLASSES), [x, y, x + 3 + place, y + 2 + place]))
    return objects


def png(number):
    """A picture of one colour."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + bytes([number * 4 % 256, 128, 255 - number]) * SIDE) * SIDE
    head = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


# Tar shards


def webdataset(folder, count):
    pictures = [tar_rest(png(number)) for number in range(VARIANTS)]
    labels = []
    for number in range(VARIANTS):
        objects = [{"box": box, "class": CLASSES[index]} for index, box in variant(number)]
        labels.append(tar_rest(json.dumps({"height": SIDE, "objects": objects, "width": SIDE}).encode()))
    for start in range(0, count, SHARD):
        with open(folder / f"train-{start // SHARD:06d}.tar", "wb") as file:
            for number in range(start, min(start + SHARD, count)):
                for ending, rest in [("png", pictures), ("json", labels)]:
                    file.write(tar_head(f"{name(number)}.{ending}".encode(), *rest[number % VARIANTS]))
            file.write(bytes(1024))


def tar_rest(data):
    """The head of a member behind its name, the sum of its bytes, and what follows."""
    head = b"0000644\0" + b"0000000\0" * 2 + b"%011o\0" % len(data) + b"0" * 11 + b"\0"
    tail = b"0" + bytes(100) + b"ustar\00000" + bytes(247)
    return head, tail, sum(head) + sum(tail) + 8 * 32, data + bytes(-len(data) % 512)


def tar_head(path, head, tail, total, content):
    return b"".join([path.ljust(100, b"\0"), head, b"%06o\0 " % (total + sum(path)), tail, content])


# TFRecord


def tfrecord(folder, count):
    table = crc_table()
    files = []
    for number in range(VARIANTS):
        start = tf_start(number)
        ending = field(1, feature("image/filename", 1, [f"{name(0)}.png".encode()]))
        # The name at the end: the checksum of all before it is known.
        features = start + ending
        lengths = b"\x0a" + varint(len(features))
        head = struct.pack("<Q", len(lengths + features))
        head += struct.pack("<I", masked(crc(table, head)))
        first = lengths + features[: -len(f"{name(0)}.png")]
        files.append((head + first, crc(table, first)))
    for start in range(0, count, SHARD):
        path = f"train.tfrecord-{start // SHARD:05d}-of-{-(-count // SHARD):05d}"
        with open(folder / path, "wb") as file:
            for number in range(start, min(start + SHARD, count)):
                first, checksum = files[number % VARIANTS]
                last = f"{name(number)}.png".encode()
                file.write(first + last + struct.pack("<I", masked(crc(table, last, checksum))))
    items = "".join(f'item {{ name: "{text}" id: {index + 1} }}\n' for index, text in enumerate(CLASSES))
    (folder / "label_map.pbtxt").write_text(items)


def tf_start(number):
    objects = variant(number)
    corners = zip(*(box for _, box in objects))
    lists = [
        ("image/encoded", 1, [png(number)]),
        ("image/format", 1, [b"png"]),
        ("image/width", 3, [SIDE]),
        ("image/height", 3, [SIDE]),
        ("image/object/class/text", 1, [CLASSES[index].encode() for index, _ in objects]),
        ("image/object/class/label", 3, [index + 1 for index, _ in objects]),
    ]
    for side, values in zip(["xmin", "ymin", "xmax", "ymax"], corners):
        lists.append((f"image/object/bbox/{side}", 2, [value / SIDE for value in values]))
    return b"".join(field(1, feature(*each)) for each in lists)


def feature(key, kind, values):
    """An entry of tf.train.Features: `kind` is 1 for bytes, 2 for floats, 3 for integers."""
    if kind == 1:
        content = b"".join(field(1, value) for value in values)
    elif kind == 2:
        content = field(1, struct.pack(f"<{len(values)}f", *values))
    else:
        content = field(1, b"".join(map(varint, values)))
    return field(1, key.encode()) + field(2, field(kind, content))


def field(number, data):
    return bytes([number << 3 | 2]) + varint(len(data)) + data


def varint(value):
    data = bytearray()
    while value > 127:
        data.append(value & 127 | 128)
        value >>= 7
    return bytes(data + bytes([value]))


def crc_table():
    """Of CRC-32C."""
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


def crc(table, data, before=0):
    value = before ^ 0xFFFFFFFF
    for byte in data:
        value = value >> 8 ^ table[(value ^ byte) & 255]
    return value ^ 0xFFFFFFFF


def masked(checksum):
    return (checksum >> 15 | checksum << 17) + 0xA282EAD8 & 0xFFFFFFFF


# COCO


def coco(folder, count):
    images = folder / "train"
    images.mkdir()
    for number in range(min(count, VARIANTS)):
        (images / f"{name(number)}.png").write_bytes(png(number))
    for number in range(VARIANTS, count):
        os.link(images / f"{name(number % VARIANTS)}.png", images / f"{name(number)}.png")
    (folder / "annotations").mkdir()
    with open(folder / "annotations/instances_train.json", "w") as file:
        file.write('{"images": [')
        for number in range(count):
            image = {"id": number + 1, "file_name": f"{name(number)}.png", "width": SIDE, "height": SIDE}
            file.write(", " * (number > 0) + json.dumps(image))
        file.write('], "annotations": [')
        identifier = 0
        for number in range(count):
            for index, (left, top, right, bottom) in variant(number % VARIANTS):
                identifier += 1
                box = [left, top, right - left, bottom - top]
                annotation = {
                    "id": identifier, "image_id": number + 1, "category_id": index + 1, "bbox": box,
                    "area": box[2] * box[3], "iscrowd": 0,
                }
                file.write(", " * (identifier > 1) + json.dumps(annotation))
        categories = [{"id": index + 1, "name": text} for index, text in enumerate(CLASSES)]
        file.write(f'], "categories": {json.dumps(categories)}}}\n')


FORMATS = {"webdataset": webdataset, "tfrecord": tfrecord, "coco": coco}
