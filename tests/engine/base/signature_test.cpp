#include "engine/base/signature.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "engine/base/digest.h"
#include "tests/support/temp_directory.h"

namespace godwit {
namespace {

std::string from_hex(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); i += 2)
        out += static_cast<char>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16));
    return out;
}

// RFC 8032, 7.1, test 2.
const std::string rfc_key = from_hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
const std::string rfc_signature = from_hex(
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d29"
    "1612bb0c00");

TEST(Signature, IsThatOfTheRfc) {
    EXPECT_TRUE(verifies(rfc_key, "\x72", rfc_signature));
    EXPECT_FALSE(verifies(rfc_key, "\x73", rfc_signature));
    EXPECT_FALSE(verifies(rfc_key.substr(1), "\x72", rfc_signature));
    EXPECT_FALSE(verifies("", "\x72", rfc_signature));
    EXPECT_FALSE(verifies(rfc_key, "\x72", ""));
}

TEST(Signature, KeyIsMadeOnceAndIsItsOwnersOnly) {
    const test::TempDirectory folder;
    const auto path = folder.path() / "report_key.pem";
    const auto first = SigningKey::open_file(path);
    ASSERT_TRUE(first);
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0600u);
    const auto second = SigningKey::open_file(path);
    ASSERT_TRUE(second);
    EXPECT_EQ(first->public_key(), second->public_key());
    EXPECT_TRUE(verifies(first->public_key(), "text", second->sign("text")));
    EXPECT_FALSE(verifies(first->public_key(), "Text", second->sign("text")));
    ::chmod(path.c_str(), 0644);
    EXPECT_EQ(SigningKey::open_file(path).error().kind, ErrorKind::secret_unreadable);
    std::ofstream(path) << "-----BEGIN PRIVATE KEY-----\nnothing\n";
    ::chmod(path.c_str(), 0600);
    EXPECT_EQ(SigningKey::open_file(path).error().kind, ErrorKind::secret_unreadable);
}

TEST(Signature, PublicKeysAreReadAsBase64AndPem) {
    EXPECT_EQ(public_key_from(base64(rfc_key) + "\n"), rfc_key);
    EXPECT_EQ(public_key_from("-----BEGIN PUBLIC KEY-----\n"
                              "MCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=\n"
                              "-----END PUBLIC KEY-----\n"),
              rfc_key);
    for (const auto* text : {"", "AAAA", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "no key"})
        EXPECT_FALSE(public_key_from(text)) << text;
    EXPECT_TRUE(is_fingerprint(fingerprint_of(rfc_key)));
    EXPECT_FALSE(is_fingerprint(base64(rfc_key)));
}

TEST(Digest, Base64IsOneToOne) {
    for (const std::string octets : {"", "f", "fo", "foo", "foob"}) EXPECT_EQ(from_base64(base64(octets)), octets);
    EXPECT_EQ(base64("foob"), "Zm9vYg==");
    // Other texts of "foob": stray bits, no padding, white space, other characters.
    for (const auto* text : {"Zm9vYh==", "Zm9vYg", "Zm9v\nYg==", "Zm9vYg=", "Zm9vYg==\n", "Zm9vY*==", "=Zm9", "===="})
        EXPECT_FALSE(from_base64(text)) << text;
}

TEST(Digest, Sha256InPieces) {
    EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    Sha256 digest;
    digest.add("a");
    digest.add("");
    digest.add("bc");
    EXPECT_EQ(hex(digest.octets()), sha256_hex("abc"));
}

}  // namespace
}  // namespace godwit
