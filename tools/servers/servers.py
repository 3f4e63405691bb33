"""Real IMAP servers on loopback for tests and demonstrations: private, unprivileged, gone with their owner."""
from courier import Courier
from cyrus import Cyrus
from dovecot import Dovecot
from mailutils import Mailutils
from private_server import (MASTER_USER, PASSWORD, STOP_SECONDS, PrivateServer, ServerError, certificate_authority,
                            free_port, require_passable, scratch)

__all__ = ["Courier", "Cyrus", "Dovecot", "Mailutils", "KINDS", "MASTER_USER", "PASSWORD", "STOP_SECONDS",
           "PrivateServer", "ServerError", "certificate_authority", "free_port", "missing", "require_passable", "scratch"]

KINDS = {kind.KIND: kind for kind in (Dovecot, Cyrus, Courier, Mailutils)}


def missing(*kinds):
    """Why one of these kinds (Dovecot, if none is named) cannot be started here; empty if all can."""
    return "; ".join(filter(None, (KINDS[kind].missing() for kind in kinds or ("dovecot",))))


if __name__ == "__main__":
    raise SystemExit("this is a module; the command is tools/servers/server")
