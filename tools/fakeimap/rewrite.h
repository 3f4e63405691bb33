// What servers do to messages that they were given to keep. Pure; the same message always becomes the same.
#pragma once

#include "tools/fakeimap/mailbox.h"

namespace godwit::fakeimap {

// Another Message-ID, Subject and Date: by its header, nobody finds the message again.
void rewrite_header(Message& message);
// A Received field on top, long fields folded anew, and X for each octet above 127 of the header.
void refold_header(Message& message);
// INTERNALDATE from Date:, or now without a good one.
void take_date_of_header(Message& message);

// The INTERNALDATE of now.
std::string internal_date_now();

}  // namespace godwit::fakeimap
