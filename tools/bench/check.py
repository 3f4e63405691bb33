"""Whether a copy is exact: tools/servers/compare.py, with a source that is read only once for many copies."""
import collections

import compare
import godwitd

DELIMITERS = (None, b"/", b".")      # of destinations


class Baseline:
    """What stands in an account, read once; it takes the place of an Account as source of compare_accounts()."""

    def __init__(self, server, user):
        account = compare.Account(server.host, server.port, user, server.password)
        self._folders = {forbidden: account.folders(forbidden) for forbidden in DELIMITERS}
        self._subscriptions = {forbidden: account.subscriptions(forbidden) for forbidden in DELIMITERS}
        self._unselectable = account.unselectable()
        self._messages = {name: account.messages(name) for name in self._folders[None][0].values()}
        account.close()

    def folders(self, forbidden=None):
        return self._folders[forbidden]

    def subscriptions(self, forbidden=None):
        return self._subscriptions[forbidden]

    def unselectable(self):
        return self._unselectable

    def messages(self, name):
        return self._messages[name]


def judge(run, baselines, server, users, without=None):
    """Writes into the run what differs in the copies, {kind: count} over all accounts, or why they cannot be compared.
    `without` is an expression for what the tool adds to headers."""
    found = collections.Counter()
    try:
        for baseline, user in zip(baselines, users):
            account = compare.Account(server.host, server.port, user, server.password, without=without)
            found += compare.compare_accounts(baseline, account).counts
            account.close()
    except (compare.CompareError, compare.ImapError, OSError) as error:
        run.problem = f"the copy cannot be compared: {error}"
    run.differences = {kind: found[kind] for kind in godwitd.KINDS if found[kind]}


def reading(found):
    """For people."""
    return ", ".join(f"{count} {kind}" for kind, count in found.items())
