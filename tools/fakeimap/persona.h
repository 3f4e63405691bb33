// Persona: how the fake server differs from a well-behaved one. Every field is a deviation seen on real servers.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "tools/fakeimap/mailbox.h"

namespace godwit::fakeimap {

struct Persona {
    std::string capabilities = "IMAP4rev1 LITERAL+ SASL-IR AUTH=PLAIN UIDPLUS NAMESPACE LIST-EXTENDED";
    char delimiter = '/';
    std::string prefix;                        // personal namespace

    // Asked before a command is carried out; what it returns is the tagged answer ("NO [OVERQUOTA] full"), the command is
    // then not carried out. `arguments` is the command line without literals' octets.
    std::function<std::optional<std::string>(std::string_view name, std::string_view arguments)> refuse;
    // May change a message before it is stored, or swallow it (false): OK is answered all the same.
    std::function<bool(Message& message)> on_append;
    // May change what BODY[] answers; nothing: NIL.
    std::function<std::optional<std::string>(const Message& message)> on_body;
    // True: the message is left out of FETCH answers.
    std::function<bool(const Message& message, bool body)> hide;
    // Asked before the answer to a command goes out; true: the connection is cut instead (what was done stays done).
    std::function<bool(std::string_view name)> cut_before_answer;
};

}  // namespace godwit::fakeimap
