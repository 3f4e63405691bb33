#include "engine/sync/verify/verify_account.h"

namespace godwit::sync {

Awaitable<Result<void>> verify_account(Pass&, DestinationFolders&) {
    co_return fail(ErrorKind::invalid_argument, Reach::account, "a verify pass is not supported by this version");
}

}  // namespace godwit::sync
