#include <array>
#include <stdexcept>

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include "tests/support/local_server.h"

namespace godwit::test {
namespace {

void require(bool holds, const char* what) {
    if (!holds) throw std::runtime_error(what);
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    require(extension, "certificate extension");
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

}  // namespace

Certificate::Certificate(std::vector<std::string> names, const Certificate* issuer, int valid_days)
    : key_(EVP_EC_gen("P-256"), EVP_PKEY_free), certificate_(X509_new(), X509_free) {
    static std::atomic<long> serial = 1;
    X509* x509 = certificate_.get();
    require(key_ && x509, "certificate");
    X509_set_version(x509, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), serial++);
    X509_gmtime_adj(X509_getm_notBefore(x509), -86400L * 30);
    X509_gmtime_adj(X509_getm_notAfter(x509), 86400L * valid_days);
    X509_set_pubkey(x509, key_.get());
    const std::string common_name = names.empty() ? "test authority" : names.front();
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1, 0);
    X509* signer = issuer ? issuer->x509() : x509;
    X509_set_issuer_name(x509, X509_get_subject_name(signer));
    std::string alternative;
    for (const auto& name : names) alternative += (alternative.empty() ? "" : ",") + name;
    if (!alternative.empty()) add_extension(x509, signer, NID_subject_alt_name, alternative);
    if (!issuer) add_extension(x509, signer, NID_basic_constraints, "critical,CA:TRUE");
    require(X509_sign(x509, issuer ? issuer->key() : key_.get(), EVP_sha256()) > 0, "signature");
}

std::string Certificate::pem() const {
    const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), BIO_free);
    PEM_write_bio_X509(memory.get(), certificate_.get());
    char* data = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &data);
    return std::string(data, static_cast<std::size_t>(size));
}

std::string Certificate::sha256() const {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    X509_digest(certificate_.get(), EVP_sha256(), digest.data(), &size);
    std::string out;
    for (unsigned i = 0; i < size; ++i) out += fmt::format("{:02x}", digest[i]);
    return out;
}

TemporaryFile::TemporaryFile(std::string_view content, std::string_view ending) {
    auto name =
        (std::filesystem::temp_directory_path() / "godwit-test-XXXXXX").string() + std::string(ending);
    const int descriptor = mkstemps(name.data(), static_cast<int>(ending.size()));
    require(descriptor >= 0, "temporary file");
    path_ = name;
    require(::write(descriptor, content.data(), content.size()) == static_cast<ssize_t>(content.size()),
            "write");
    ::close(descriptor);
}

TemporaryFile::~TemporaryFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
}

}  // namespace godwit::test
