"""A relay for the tests of SMTP: three ports on loopback, and a folder that gets each mail as a file.

Prints one line of settings when it listens, and runs until it is ended. A mail is stored as it came, below headers
that say how it came: X-Peer-Port, X-Peer-Tls, X-Peer-Login, X-Peer-Connection, X-Peer-From and X-Peer-To.
"""

import argparse
import asyncio
import itertools
import logging
import pathlib
import ssl
import warnings

from aiosmtpd.smtp import SMTP, AuthResult

USER = "desk"
PASSWORD = "p@ss wörd"


class Inbox:
    """Stores the mails that one port takes."""

    numbers = itertools.count(1)

    def __init__(self, folder, port):
        self.folder = folder
        self.port = port

    async def handle_DATA(self, server, session, envelope):
        transport = server.transport
        lines = {
            "Port": self.port,
            "Tls": "yes" if transport.get_extra_info("ssl_object") else "no",
            "Login": session.auth_data or "none",
            "Connection": session.peer[1],
            "From": envelope.mail_from,
            "To": ", ".join(envelope.rcpt_tos),
        }
        head = "".join(f"X-Peer-{name}: {value}\r\n" for name, value in lines.items())
        name = f"{next(self.numbers):04}"
        unfinished = self.folder / f"{name}.part"
        unfinished.write_bytes(head.encode() + envelope.original_content)
        unfinished.rename(self.folder / f"{name}.eml")
        return f"250 2.0.0 kept as {name}"


def log_in(_server, _session, _envelope, _mechanism, given):
    known = (given.login, given.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=known, handled=False, auth_data=USER if known else None)


async def serve(folder, certificate, key, root):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    kinds = {
        "starttls": ({"tls_context": tls, "require_starttls": True, "auth_required": True}, None),
        # The library counts only STARTTLS as encryption; here the whole connection is encrypted.
        "tls": ({"auth_require_tls": False, "auth_required": True}, tls),
        "plain": ({}, None),
    }
    loop = asyncio.get_running_loop()
    servers, ports = [], []
    for name, (options, whole) in kinds.items():

        def peer(name=name, options=options):
            inbox = Inbox(folder, name)
            return SMTP(inbox, hostname="localhost", authenticator=log_in, loop=loop, **options)

        server = await loop.create_server(peer, "127.0.0.1", 0, ssl=whole)
        servers.append(server)
        ports.append(f"{name}={server.sockets[0].getsockname()[1]}")
    password = "".join(f"%{byte:02X}" for byte in PASSWORD.encode())
    where = f"host=localhost {' '.join(ports)} ca={root} inbox={folder}"
    print(f"{where} user={USER} password={password}", flush=True)
    await asyncio.gather(*(server.serve_forever() for server in servers))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ["inbox", "certificate", "key", "root"]:
        parser.add_argument(f"--{name}", required=True, type=pathlib.Path)
    given = parser.parse_args()
    # A login without STARTTLS is warned of at every connection of the port that is TLS from the start.
    warnings.filterwarnings("ignore", message="Requiring AUTH while not requiring TLS")
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    asyncio.run(serve(given.inbox, given.certificate, given.key, given.root))


if __name__ == "__main__":
    main()
