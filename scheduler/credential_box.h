// CredentialBox: seals passwords for the database. AES-256-GCM; the keys stay outside PostgreSQL.
//
// Sealed form: format byte 1, 12 bytes nonce, ciphertext, 16 bytes tag. The associated data binds a secret to its place
// (tenant, migration, side), so that rows cannot be swapped. Immutable after loading: safe from any thread.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "engine/base/result.h"
#include "engine/base/secret.h"
#include "scheduler/migration.h"

namespace godwit::scheduler {

class CredentialBox {
public:
    // Reads the key file; makes it (mode 0600, one random key) when it does not exist. Lines "key_id hex"; the last one
    // seals, all open: to rotate, append a line. Blank lines and those beginning with '#' are left out. A file that
    // others than its owner can touch, or that belongs to neither this user nor root, is refused: secret_unreadable,
    // Reach::node, as for everything wrong with the file.
    static Result<CredentialBox> open_file(const std::filesystem::path& path);

    SealedSecret seal(const Secret<std::string>& secret, std::string_view place) const;
    // secret_unreadable: unknown key id, wrong place, or damaged.
    Result<Secret<std::string>> open(const SealedSecret& sealed, std::string_view place) const;

private:
    std::map<std::string, Secret<std::string>> keys_;
    std::string sealing_key_;
};

// The associated data of a migration's password.
std::string secret_place(const TenantId& tenant, const MigrationId& migration, sync::Side side);

}  // namespace godwit::scheduler
