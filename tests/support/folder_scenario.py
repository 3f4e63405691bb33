"""What the scenario tests of folders share: mailboxes of one message a folder, and where each of them has gone."""
import scenario
from scenario import Account, Pair, mail

DATE = "05-Mar-2020 10:00:00 +0000"      # of all messages, as in their headers: Mailutils goes by these


def here():
    """The usual source: "/" between levels, no prefix."""
    return scenario.server(name="source")


# What it is called, and how to get it.
WITH_SLASH = {
    "Dovecot with /": lambda: scenario.server(name="destination"),
    "Cyrus with /": lambda: scenario.server("cyrus", slash=True),
    "Mailutils": lambda: scenario.server("mailutils"),
}
BELOW_INBOX = {
    "Dovecot below INBOX.": lambda: scenario.server(layout="maildir", prefix="INBOX."),
    "Cyrus below INBOX.": lambda: scenario.server("cyrus"),
    "Courier": lambda: scenario.server("courier"),
}
WITH_DOT = {"Dovecot with .": lambda: scenario.server(layout="maildir")}
EVERYWHERE = {**WITH_SLASH, **WITH_DOT, **BELOW_INBOX}


def fill(account, *folders, made_before=("INBOX",)):
    """Makes the folders (INBOX is there already), and puts a message of its own into each."""
    if new := [folder for folder in folders if folder not in made_before]:
        account.create(*new)
    for number, folder in enumerate(folders):
        name = str(folder).encode("ascii", "replace").decode()
        identity = f"<{number}.{account.server.port}@{account.user}.example>"
        account.append(folder, mail(f"{number} {name}"[:60], message_id=identity), flags=("\\Seen",), date=DATE)


class FolderScenario(scenario.Scenario):
    """Tests with accounts of one message a folder."""

    def onward(self, pair, destination):
        """From the destination to a new account on yet another server."""
        return Pair(pair.destination, Account(destination, pair.destination.user), f"{pair.directory}/onward")

    def assert_moved(self, pair, places):
        """`places`: {source folder: destination folder}. Each destination folder holds what its sources do, and no other
        holds a message."""
        wanted, found = {}, {name: messages for name, messages in pair.destination.contents().items() if messages}
        for folder, there in places.items():
            wanted.setdefault(there, []).extend(pair.source.read(folder))
        self.assertEqual(sorted(found), sorted(wanted))
        for name, messages in wanted.items():
            self.assert_messages(found[name], messages, name)
