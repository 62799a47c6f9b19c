"""Makes small image files of many kinds, whole and damaged, and what Pillow makes of them.

    python3 -m pip install pillow==13.0.0 pillow-heif==1.8.1 numpy==2.4.6
    python3 Scripts/goldens/image_formats.py > Tests/ImageFilesTests/Goldens/image-formats.json

Each entry: the file, and its RGB pixels (Pillow, turned by its exif_transpose) or none where Pillow refuses the file.
"needs" names the trait of the format, "tolerance" the levels by which two builds of a lossy codec may differ.
"isDamaged" marks what Pillow reads although data are missing or wrong, and this project refuses.
"""

import base64
import io
import json
import re
import struct
import zlib

import numpy
import PIL
import pillow_heif
from PIL import Image, ImageOps

pillow_heif.register_heif_opener()
generator = numpy.random.default_rng(11)
WIDTH, HEIGHT = 19, 13
y, x = numpy.mgrid[0:HEIGHT, 0:WIDTH]
smooth = numpy.stack([x * 8 + 10, y * 12 + 5, 250 - x * 4 - y * 5], axis=-1).astype(numpy.uint8)
picture = Image.fromarray(smooth)
alpha = Image.fromarray(generator.integers(0, 256, (HEIGHT, WIDTH), numpy.uint8))
transparent = picture.copy()
transparent.putalpha(alpha)
entries = []


def encoded(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def text(data):
    return base64.b64encode(data).decode()


def add(name, data, needs=None, tolerance=0, damaged=False):
    entry = {"name": name, "file": text(data), "needs": needs, "tolerance": tolerance, "isDamaged": damaged}
    try:
        image = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
        if image.mode.startswith("I;16"):
            # Pillow's own conversion takes 255 for white, and all above for white too.
            image = Image.fromarray((numpy.asarray(image) / 257).round().astype(numpy.uint8))
        image = image.convert("RGB")
        entry |= {"width": image.width, "height": image.height, "rgb": text(image.tobytes())}
    except Exception as error:  # Pillow raises many kinds.
        entry["refusal"] = re.sub(r"0x[0-9a-f]{6,}", "…", str(error))
    assert not damaged or "rgb" in entry, name
    entries.append(entry)


def orientation_exif(value):
    exif = Image.Exif()
    exif[0x0112] = value
    return exif


def xmp(value, is_element=False):
    body = (
        f"<rdf:Description><tiff:Orientation>{value}</tiff:Orientation></rdf:Description>" if is_element
        else f'<rdf:Description tiff:Orientation="{value}"/>'
    )
    return f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF>{body}</rdf:RDF></x:xmpmeta>'.encode()


# --- JPEG ---------------------------------------------------------------------------------------------
def jpeg(image=picture, **options):
    return encoded(image, "JPEG", **{"quality": 90} | options)


def marker(data, code):
    """The place of the first marker of a code, before the scan."""
    place = 2
    while data[place + 1] != code:
        place += 2 + struct.unpack(">H", data[place + 2:place + 4])[0]
    return place


def segment(code, content):
    return bytes([0xFF, code]) + struct.pack(">H", len(content) + 2) + content


def replaced(data, place, *values):
    return data[:place] + bytes(values) + data[place + len(values):]


for name, subsampling in [("444", "4:4:4"), ("422", "4:2:2"), ("420", "4:2:0"), ("411", "4:1:1")]:
    add(f"jpeg-{name}", jpeg(subsampling=subsampling), tolerance=1)
    add(f"jpeg-{name}-progressive", jpeg(subsampling=subsampling, progressive=True), tolerance=1)
grey = picture.convert("L")
cmyk = picture.convert("CMYK")
inks = cmyk.load()
for column in range(WIDTH):
    for row in range(HEIGHT):
        # Black ink, which Pillow's own conversion leaves at 0.
        inks[column, row] = (*inks[column, row][:3], column * 11)
add("jpeg-grey", jpeg(grey), tolerance=1)
add("jpeg-grey-progressive", jpeg(grey, progressive=True), tolerance=1)
add("jpeg-cmyk", jpeg(cmyk), tolerance=1)
add("jpeg-cmyk-progressive", jpeg(cmyk, progressive=True), tolerance=1)
with_cmyk = jpeg(cmyk)
adobe = marker(with_cmyk, 0xEE)
# The last byte of Adobe's segment: 2 says that the same four channels are YCCK.
add("jpeg-ycck", replaced(with_cmyk, adobe + 15, 2), tolerance=1)
add("jpeg-cmyk-without-adobe", with_cmyk[:adobe] + with_cmyk[adobe + 16:], tolerance=1)
add("jpeg-rgb", jpeg(keep_rgb=True), tolerance=1)
add("jpeg-restarts", jpeg(restart_marker_blocks=1), tolerance=1)
add("jpeg-restarts-progressive", jpeg(restart_marker_rows=1, progressive=True), tolerance=1)
add("jpeg-icc-and-comment", jpeg(comment=b"some words", icc_profile=b"no profile" * 50), tolerance=1)
add("jpeg-xmp-6", jpeg(xmp=xmp(6)), tolerance=1)
add("jpeg-xmp-element-3", jpeg(xmp=xmp(3, is_element=True)), tolerance=1)
add("jpeg-exif-1-before-xmp-6", jpeg(exif=orientation_exif(1), xmp=xmp(6)), tolerance=1)
add("jpeg-exif-9", jpeg(exif=orientation_exif(9)), tolerance=1)

whole = jpeg(subsampling="4:2:0")
progressive = jpeg(subsampling="4:2:0", progressive=True)
# Harmless: every pixel is there.
add("jpeg-bytes-before-the-end", whole[:-2] + b"\0\0" + whole[-2:], tolerance=1)
add("jpeg-bytes-behind-the-end", whole + b"some bytes more", tolerance=1)
scan = marker(whole, 0xDA)
add("jpeg-bytes-before-the-scan", whole[:scan] + b"\x01\x02" + whole[scan:], tolerance=1)
add("jpeg-jfif-version-3", replaced(whole, 2 + 4 + 5, 3), tolerance=1)
add("jpeg-scan-without-parameters", replaced(whole, scan + 2 + 9, 0, 0), tolerance=1)
add("jpeg-unknown-adobe-transform",
    whole[:20] + segment(0xEE, b"Adobe\0\x64\0\0\0\0\x07") + whole[20:], tolerance=1)
# Not harmless.
for data, name in [(whole, "baseline"), (progressive, "progressive")]:
    for share in [1, 30, 60, 80, 95, 99]:
        add(f"jpeg-{name}-truncated-{share}", data[:len(data) * share // 100])
    add(f"jpeg-{name}-without-end", data[:-2])
    last = data.rindex(b"\xFF\xDA")
    add(f"jpeg-{name}-unsupported-marker-in-scan", replaced(data, last + 16, 0xFF, 0x44))
    add(f"jpeg-{name}-second-start", replaced(data, last + 16, 0xFF, 0xD8))
    add(f"jpeg-{name}-no-tables", data.replace(b"\xFF\xC4", b"\xFF\xFE"))
add("jpeg-lossless", replaced(whole, marker(whole, 0xC0), 0xFF, 0xC3))
add("jpeg-12-bit", replaced(whole, marker(whole, 0xC0) + 4, 12))
add("jpeg-no-height", replaced(whole, marker(whole, 0xC0) + 5, 0, 0))
frame = marker(whole, 0xC0)
add("jpeg-two-channels", whole[:frame] + segment(
    0xC0, whole[frame + 4:frame + 9] + b"\x02" + whole[frame + 10:frame + 16]) + whole[frame + 19:])
# What Pillow shows with grey or coloured blocks.
add("jpeg-bytes-missing", whole[:-40] + whole[-2:], damaged=True)
add("jpeg-progressive-bytes-missing", progressive[:-40] + progressive[-2:])
restarts = jpeg(restart_marker_blocks=1)
assert b"\xFF\xD0" in restarts
add("jpeg-other-restart", restarts.replace(b"\xFF\xD0", b"\xFF\xD2"), damaged=True)

# --- PNG ----------------------------------------------------------------------------------------------
def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


SIGNATURE = b"\x89PNG\r\n\x1a\n"
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def packed(samples, depth):
    """Rows of samples [H, W, C] as PNG's filter 0 stores them."""
    rows = []
    for row in samples.reshape(samples.shape[0], -1):
        if depth == 16:
            line = row.astype(">u2").tobytes()
        elif depth == 8:
            line = row.astype(numpy.uint8).tobytes()
        else:
            bits = "".join(format(int(value), f"0{depth}b") for value in row)
            bits += "0" * (-len(bits) % 8)
            line = bytes(int(bits[place:place + 8], 2) for place in range(0, len(bits), 8))
        rows.append(b"\0" + line)
    return b"".join(rows)


def png(samples, color, depth, before=b"", interlaced=False, after=b""):
    height, width = samples.shape[:2]
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, int(interlaced))
    passes = [samples[py::dy, px::dx] for px, py, dx, dy in ADAM7] if interlaced else [samples]
    body = b"".join(packed(part, depth) for part in passes if part.size)
    return SIGNATURE + chunk(b"IHDR", header) + before + chunk(b"IDAT", zlib.compress(body)) + after + chunk(b"IEND", b"")


def palette(count):
    return chunk(b"PLTE", generator.integers(0, 256, count * 3, numpy.uint8).tobytes())


for interlaced in [False, True]:
    suffix = "-interlaced" if interlaced else ""
    for depth in [1, 2, 4, 8, 16]:
        values = generator.integers(0, 1 << depth, (HEIGHT, WIDTH, 4))
        # Pillow keeps the high byte of 16 bits; here they are rounded.
        tolerance = int(depth == 16)
        add(f"png-grey-{depth}{suffix}", png(values[..., :1], 0, depth, interlaced=interlaced), tolerance=tolerance)
        if depth <= 8:
            add(f"png-palette-{depth}{suffix}", png(values[..., :1], 3, depth, palette(1 << depth), interlaced))
        if depth >= 8:
            add(f"png-rgb-{depth}{suffix}", png(values[..., :3], 2, depth, interlaced=interlaced), tolerance=tolerance)
            add(f"png-rgba-{depth}{suffix}", png(values, 6, depth, interlaced=interlaced), tolerance=tolerance)
            add(f"png-grey-alpha-{depth}{suffix}", png(values[..., :2], 4, depth, interlaced=interlaced), tolerance=tolerance)
rgb = smooth.astype(int)
index = generator.integers(0, 16, (HEIGHT, WIDTH, 1))
GAMMA = chunk(b"gAMA", struct.pack(">I", 100000))
add("png-palette-trns", png(index, 3, 4, palette(16) + chunk(b"tRNS", bytes(range(0, 256, 16)))))
add("png-grey-trns", png(index, 0, 4, chunk(b"tRNS", b"\0\x03")))
add("png-rgb-trns", png(rgb, 2, 8, chunk(b"tRNS", struct.pack(">HHH", *map(int, smooth[3, 4])))))
add("png-gama", png(rgb, 2, 8, GAMMA))
add("png-gama-small", png(rgb, 2, 8, chunk(b"gAMA", struct.pack(">I", 20000))))
add("png-gama-rgba", png(numpy.asarray(transparent).astype(int), 6, 8, GAMMA))
add("png-gama-grey", png(rgb[..., :1], 0, 8, GAMMA))
add("png-gama-palette", png(index, 3, 4, GAMMA + palette(16)))
add("png-gama-16", png(rgb * 257, 2, 16, GAMMA))
add("png-chrm-srgb", png(rgb, 2, 8, chunk(b"cHRM", struct.pack(">8I", *range(10000, 90000, 10000))) + chunk(b"sRGB", b"\0")))
add("png-sbit-bkgd", png(rgb, 2, 8, chunk(b"sBIT", b"\5\5\5") + chunk(b"bKGD", b"\0\1\0\2\0\3")))
for value in range(1, 9):
    exif = orientation_exif(value).tobytes().removeprefix(b"Exif\0\0")
    add(f"png-exif-{value}", png(rgb, 2, 8, chunk(b"eXIf", exif)))
add("png-exif-behind-the-picture", png(rgb, 2, 8, after=chunk(b"eXIf", orientation_exif(6).tobytes()[6:])))
add("png-xmp-8", png(rgb, 2, 8, chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp(8))))
plain = png(rgb, 2, 8)
for share in [1, 20, 50, 80]:
    add(f"png-truncated-{share}", plain[:len(plain) * share // 100])
add("png-without-end", plain[:-12])
add("png-bytes-behind-the-end", plain + b"some bytes more")
add("png-broken-checksum", replaced(plain, plain.index(b"IDAT") - 4 + 8 + len(plain) // 2, 0x55))
add("png-unknown-kind", replaced(plain, 25, 5))
add("png-without-palette", png(index, 3, 4), damaged=True)
add("png-no-size", replaced(plain, 16, 0, 0, 0, 0))

# --- WebP ---------------------------------------------------------------------------------------------
for image, name in [(picture, "rgb"), (transparent, "rgba")]:
    add(f"webp-lossless-{name}", encoded(image, "WEBP", lossless=True, exact=True), "WebP")
    add(f"webp-lossy-{name}", encoded(image, "WEBP", quality=80), "WebP", 1)
for value in [1, 3, 6, 8]:
    add(f"webp-exif-{value}", encoded(picture, "WEBP", lossless=True, exif=orientation_exif(value)), "WebP")
add("webp-xmp-6", encoded(picture, "WEBP", lossless=True, xmp=xmp(6)), "WebP")
others = [ImageOps.invert(picture), ImageOps.flip(picture)]
add("webp-animation", encoded(picture, "WEBP", lossless=True, save_all=True, append_images=others), "WebP")
add("webp-animation-alpha", encoded(
    transparent, "WEBP", lossless=True, exact=True, save_all=True, append_images=[transparent.rotate(180)]), "WebP")
webp = encoded(picture, "WEBP", quality=80)
for share in [5, 50, 90]:
    add(f"webp-truncated-{share}", webp[:len(webp) * share // 100], "WebP")
add("webp-no-picture", webp[:12] + b"EXIF" + webp[16:], "WebP")

# --- TIFF ---------------------------------------------------------------------------------------------
modes = {
    "1": picture.convert("1"), "L": grey, "LA": transparent.convert("LA"), "P": picture.convert("P"), "RGB": picture,
    "RGBA": transparent, "CMYK": cmyk, "I;16": Image.fromarray((x * 2000 + y * 400).astype(numpy.uint16)),
}
for compression in ["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"]:
    for mode, image in modes.items():
        tolerance = int(mode in ("CMYK", "P", "I;16"))
        add(f"tiff-{compression}-{mode}", encoded(image, "TIFF", compression=compression), "TIFF", tolerance)
add("tiff-group4", encoded(modes["1"], "TIFF", compression="group4"), "TIFF")
add("tiff-jpeg-RGB", encoded(picture, "TIFF", compression="jpeg"), "TIFF", 2)
add("tiff-jpeg-L", encoded(grey, "TIFF", compression="jpeg"), "TIFF", 1)
add("tiff-big-endian", encoded(picture, "TIFF", big_tiff=True), "TIFF")
add("tiff-strips", encoded(picture, "TIFF", compression="tiff_lzw", strip_size=WIDTH * 3 * 4), "TIFF")
add("tiff-pages", encoded(picture, "TIFF", save_all=True, append_images=others), "TIFF")
for value in range(1, 9):
    add(f"tiff-orientation-{value}", encoded(picture, "TIFF", tiffinfo={0x0112: value}), "TIFF")
tiff = encoded(picture, "TIFF", compression="tiff_lzw")
for share in [2, 50, 90]:
    add(f"tiff-truncated-{share}", tiff[:len(tiff) * share // 100], "TIFF")

# --- GIF ----------------------------------------------------------------------------------------------
indexed = picture.quantize(16)
add("gif", encoded(indexed, "GIF", interlace=0), "GIF")
add("gif-interlaced", encoded(indexed, "GIF", interlace=1), "GIF")
add("gif-transparent", encoded(indexed, "GIF", transparency=3), "GIF")
add("gif-grey", encoded(grey, "GIF"), "GIF")
add("gif-animation", encoded(indexed, "GIF", save_all=True, append_images=[other.quantize(8) for other in others]), "GIF")


def canvas(data, width, height, left, top):
    """The first picture at a place of a larger canvas."""
    data = data[:6] + struct.pack("<HH", width, height) + data[10:]
    place = data.index(b"," + struct.pack("<HHHH", 0, 0, WIDTH, HEIGHT))
    return data[:place + 1] + struct.pack("<HH", left, top) + data[place + 5:]


flat = encoded(indexed, "GIF", interlace=0)
add("gif-smaller-than-canvas", canvas(flat, 40, 30, 5, 7), "GIF")
add("gif-smaller-than-canvas-transparent", canvas(encoded(indexed, "GIF", transparency=3), 40, 30, 5, 7), "GIF")
add("gif-larger-than-canvas", canvas(flat, 10, 10, 0, 0), "GIF")
for share in [3, 50, 90]:
    add(f"gif-truncated-{share}", flat[:len(flat) * share // 100], "GIF")

# --- HEIC and AVIF ------------------------------------------------------------------------------------
even = picture.resize((32, 24))
for kind in ["HEIF", "AVIF"]:
    name = "heic" if kind == "HEIF" else "avif"
    chroma = {"chroma": 444} if kind == "HEIF" else {"subsampling": "4:4:4"}
    # libheif and libavif convert YCbCr with different rounding, and enlarge subsampled colours differently.
    add(f"{name}-444", encoded(even, kind, quality=90, **chroma), "HEIF", 2)
    add(f"{name}-420", encoded(even, kind, quality=90), "HEIF", 6)
    # Pillow turns an AVIF file as its own properties say; the HEIF plug-in does the same.
    for value in [3, 6, 8]:
        add(f"{name}-orientation-{value}", encoded(even, kind, quality=90, exif=orientation_exif(value), **chroma), "HEIF", 2)
    data = encoded(even, kind, quality=90)
    add(f"{name}-truncated", data[:len(data) // 2], "HEIF")

print(json.dumps({
    "oracle": f"Pillow {PIL.__version__}, pillow-heif {pillow_heif.__version__}, numpy {numpy.__version__},"
              " Scripts/goldens/image_formats.py, seed 11",
    "files": entries,
}, indent=0))
