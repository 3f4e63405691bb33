#include "engine/sync/undo/undo_account.h"

namespace godwit::sync {

Awaitable<Result<void>> undo_account(PassState&, imap::Session&) {
    co_return fail(ErrorKind::invalid_argument, Reach::account, "an undo pass is not supported by this version");
}

}  // namespace godwit::sync
