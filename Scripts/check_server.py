"""Meets a server of `multibox serve` as bad clients do, on sockets, and prints what it does to them as JSON.

check_server.py URL: of a server that computes one image at a time, with --body-timeout 2."""
import base64, json, re, socket, struct, sys, threading, time, zlib
from urllib.parse import urlsplit

ADDRESS = (urlsplit(sys.argv[1]).hostname, urlsplit(sys.argv[1]).port)


def connect(receives=None):
    client = socket.socket()
    if receives:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receives)
    client.settimeout(20)
    client.connect(ADDRESS)
    return client


def answer(client):
    """The status of the answer, its word for programs, and whether the connection ends behind it."""
    data = b''
    start = time.monotonic()
    try:
        while b'\r\n\r\n' not in data:
            part = client.recv(65536)
            if not part:
                break
            data += part
        head, _, body = data.partition(b'\r\n\r\n')
        length = re.search(rb'(?i)content-length: (\d+)', head)
        while length and len(body) < int(length[1]):
            part = client.recv(65536)
            if not part:
                break
            body += part
    except OSError as error:
        return {'error': type(error).__name__}
    found = {'status': int(head.split()[1]) if head else 0, 'seconds': time.monotonic() - start}
    if body.startswith(b'{') and b'"code"' in body:
        found['code'] = json.loads(body)['code']
    try:
        found['ends'] = b'connection: close' in head.lower() and client.recv(1) == b''
    except OSError:
        found['ends'] = False
    return found


def request(text, body=b''):
    with connect() as client:
        try:
            client.sendall(text.replace('\n', '\r\n').encode() + body)
        except OSError as error:
            return {'error': type(error).__name__}
        return answer(client)


def metrics():
    with connect() as client:
        client.sendall(b'GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
        client.shutdown(socket.SHUT_WR)
        text = b''.join(iter(lambda: client.recv(65536), b'')).decode()
    return {name: int(value) for name, value in re.findall(r'multibox_(\w+)\{model="d"\} (\d+)', text)}


def endless():
    """Bytes of a body without an end that are taken behind a refusal."""
    with connect() as client:
        client.sendall(b'POST /nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000000\r\n\r\n')
        count, start = 0, time.monotonic()
        try:
            while time.monotonic() - start < 15:
                count += client.send(bytes(1 << 20))
        except OSError:
            return {'bytes': count, 'ends': True}
    return {'bytes': count, 'ends': False}


def unread():
    """Seconds until a client that reads nothing of its answers is left alone."""
    with connect(receives=4096) as client:
        start = time.monotonic()
        try:
            while time.monotonic() - start < 15:
                client.settimeout(0.5)
                try:
                    client.sendall(b'GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n' * 500)
                except TimeoutError:
                    pass
        except OSError:
            return {'seconds': time.monotonic() - start, 'ends': True}
    return {'ends': False}


def png(width, height):
    def chunk(name, data):
        return struct.pack('>I', len(data)) + name + data + struct.pack('>I', zlib.crc32(name + data))

    packer, row = zlib.compressobj(1), bytes(3 * width + 1)
    rows = b''.join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack('>IIBBBBB', width, height, 8, 2, 0, 0, 0)
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', header) + chunk(b'IDAT', rows) + chunk(b'IEND', b''))


def gone():
    """Images that are looked at where one client waits for six and another goes before its turn."""
    large = base64.b64encode(png(8000, 6000)).decode()
    tensor = {'name': 'image', 'datatype': 'BYTES', 'shape': [6], 'data': [large] * 6}
    body = json.dumps({'inputs': [tensor], 'outputs': [{'name': 'counts'}]}).encode()
    before, found = metrics(), {}

    def ask():
        found.update(request(
            f'POST /v2/models/d/infer HTTP/1.1\nHost: a\nContent-Length: {len(body)}\n\n', body))

    waiting = threading.Thread(target=ask)
    waiting.start()
    while metrics()['queue_waiting'] < 3:
        time.sleep(0.02)
    small = png(40, 20)
    with connect() as client:
        held = metrics()['queue_waiting']
        client.sendall(
            f'POST /v1/detect HTTP/1.1\r\nHost: a\r\nContent-Length: {len(small)}\r\n\r\n'.encode() + small)
        time.sleep(0.2)
        # It waits, behind those that waited before it, of which one may have had its turn.
        waits = metrics()['queue_waiting'] >= held
    waiting.join()
    time.sleep(0.5)
    return {**found, 'waits': waits, 'images': metrics()['images_total'] - before['images_total']}


large = bytes(30_000_000)
print(json.dumps({
    'large': request(f'POST /v1/detect HTTP/1.1\nHost: a\nContent-Length: {len(large)}\n\n', large),
    'announced': request('GET /v2/health/live HTTP/1.1\nHost: a\nContent-Length: 19000000\n\n'),
    'continue': request('POST /nothing HTTP/1.1\nHost: a\nExpect: 100-continue\nContent-Length: 9\n\n'),
    'noHTTP': request('NONSENSE\n\n'),
    'longHead': request(f'GET / HTTP/1.1\nHost: a\nX: {"x" * 40000}\n\n'),
    'endless': endless(),
    'unread': unread(),
    'gone': gone(),
}))
