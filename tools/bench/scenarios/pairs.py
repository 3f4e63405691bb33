"""What scenarios share: the two servers, names of accounts, whether what a daemon copied is exact."""
import contextlib

import godwitd
import servers
from results import Figure

MIB = 1 << 20


@contextlib.contextmanager
def dovecots(parent="/tmp", source=None, destination=None):
    """(a directory, source, destination), with more options of each; both vouched for by one authority."""
    with servers.scratch("bench", parent) as path, \
            servers.Dovecot(f"{path}/s", "source", ca_directory=f"{path}/ca", **source or {}) as one, \
            servers.Dovecot(f"{path}/d", "destination", ca_directory=f"{path}/ca", **destination or {}) as other:
        yield path, one, other


def users(count):
    return [f"user{number}" for number in range(1, count + 1)]


def exactness(counts):
    """Of what godwitd.compare() found."""
    return Figure("differences after the copy", sum(godwitd.differences(counts).values()), "= 0", must=True)
