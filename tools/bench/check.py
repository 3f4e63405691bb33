"""Whether a copy is exact: tools/servers/compare.py, with a source that is read only once for many copies."""
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


def differences(baseline, server, user, without=None):
    """{kind: count} of what differs in the copy; `without` is an expression for what the tool adds to headers."""
    account = compare.Account(server.host, server.port, user, server.password, without=without)
    found = compare.compare_accounts(baseline, account).counts
    account.close()
    return {kind: found[kind] for kind in godwitd.KINDS if found[kind]}


def reading(found):
    """For people."""
    return ", ".join(f"{count} {kind}" for kind, count in found.items())
