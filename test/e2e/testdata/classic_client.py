"""upload.py and download.py of the original programs, with nothing but Python's own library.

    classic_client.py upload|download FILE HOST [RPC_PORT [FILES_PORT]] [HOST:RPC_PORT=FILES_PORT ...]

It asks HOST for the owner of the file's id and talks to the owner's file server. The original knows the ports 5057 and 5058 only; where a
machine has other ones, the last arguments say which file server belongs to which node.
"""

import hashlib
import os
import socket
import struct
import sys
import urllib.error
import urllib.parse
import urllib.request


def pack_call(name, number):
    """[0, 1, name, [number]] in MessagePack."""
    text = name.encode()
    return b"\x94\x00\x01" + bytes([0xA0 | len(text)]) + text + b"\x91\xcf" + struct.pack(">Q", number)


class Reader:
    def __init__(self, stream):
        self.stream = stream

    def number(self, width):
        return int.from_bytes(self.take(width), "big")

    def take(self, length):
        taken = self.stream.read(length)
        if len(taken) != length:
            raise ConnectionError("the answer broke off")
        return taken

    def value(self):
        kind = self.number(1)
        if kind < 0x80:
            return kind
        if 0x90 <= kind <= 0x9F:
            return [self.value() for _ in range(kind & 15)]
        if 0xA0 <= kind <= 0xBF:
            return self.take(kind & 31).decode()
        if kind == 0xC0:
            return None
        if 0xCC <= kind <= 0xCF:
            return self.number(1 << (kind - 0xCC))
        if 0xD9 <= kind <= 0xDB:
            return self.take(self.number(1 << (kind - 0xD9))).decode()
        raise ValueError("MessagePack type %#x" % kind)


def find_successor(host, port, file_id):
    with socket.create_connection((host, port), timeout=20) as connection:
        connection.sendall(pack_call("find_successor", file_id))
        kind, message, error, result = Reader(connection.makefile("rb")).value()
    if (kind, message, error) != (1, 1, None):
        raise RuntimeError("find_successor: %s" % error)
    return result


def upload(path, server):
    boundary = "----------------------------" + os.urandom(12).hex()
    with open(path, "rb") as file:
        content = file.read()
    head = '--%s\r\nContent-Disposition: form-data; name="files"; filename="%s"\r\nContent-Type: application/octet-stream\r\n\r\n'
    body = (head % (boundary, path)).encode() + content + ("\r\n--%s--\r\n" % boundary).encode()
    headers = {"Content-Type": "multipart/form-data; boundary=" + boundary}
    request = urllib.request.Request(server + "/upload", data=body, method="POST", headers=headers)
    print("HTTP %d" % urllib.request.urlopen(request, timeout=60).status)


def download(path, server):
    name = os.path.basename(path)
    try:
        with urllib.request.urlopen("%s/%s" % (server, urllib.parse.quote(name)), timeout=60) as answer:
            content = answer.read()
    except urllib.error.HTTPError as error:
        sys.exit("HTTP %d" % error.code)
    with open(path, "wb") as file:
        file.write(content)


def main(action, path, host, *more):
    ports = [int(word) for word in more if "=" not in word]
    file_servers = dict(word.split("=") for word in more if "=" in word)
    rpc_port, files_port = (ports + [5057, 5058][len(ports):])[:2]
    file_id = int(hashlib.md5(os.path.basename(path).encode()).hexdigest(), 16) & 0xFFFFFFFF
    print("Hash of %s is %d" % (os.path.basename(path), file_id))
    ip, port, _ = find_successor(host, rpc_port, file_id)
    server = "http://%s:%s" % (ip, file_servers.get("%s:%d" % (ip, port), files_port))
    if action == "upload":
        print("Uploading file to http://%s" % ip)
        upload(path, server)
    else:
        print("Downloading file from http://%s" % ip)
        download(path, server)


main(*sys.argv[1:])
