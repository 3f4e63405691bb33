"""What scenarios share: the two servers, names of accounts, whether what a daemon copied is exact."""
import contextlib

import godwitd
import servers
from results import Figure

MIB = 1 << 20


@contextlib.contextmanager
def dovecots(bench, mail="", source=None, destination=None):
    """(a directory for what tools write down, source, destination), with more options of each server; both vouched for
    by one authority. Their mail is where --mail says, or in `mail`."""
    with servers.scratch("bench") as path, servers.scratch("bench", mail or bench.mail) as kept, \
            servers.Dovecot(f"{kept}/s", "source", ca_directory=f"{kept}/ca", **source or {}) as one, \
            servers.Dovecot(f"{kept}/d", "destination", ca_directory=f"{kept}/ca", **destination or {}) as other:
        yield path, one, other


def users(count):
    return [f"user{number}" for number in range(1, count + 1)]


def exactness(counts):
    """Of what godwitd.compare() found."""
    return Figure("differences after the copy", sum(godwitd.differences(counts).values()), "= 0", must=True)
