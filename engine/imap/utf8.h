// is_utf8 under the name that the parts of IMAP use.
#pragma once

#include "engine/base/utf8.h"

namespace godwit::imap {

using godwit::is_utf8;

}  // namespace godwit::imap
