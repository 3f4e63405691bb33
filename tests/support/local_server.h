// LocalServer: a blocking server on a loopback port, with certificates made on the spot, for tests of real
// sockets.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <openssl/ssl.h>

namespace godwit::test {

// A key and a certificate, self-signed or signed by `issuer`. `names`: "DNS:a.example" or "IP:127.0.0.1".
class Certificate {
public:
    explicit Certificate(std::vector<std::string> names, const Certificate* issuer = nullptr,
                         int valid_days = 1);
    std::string pem() const;
    std::string sha256() const;  // lower-case hex
    X509* x509() const { return certificate_.get(); }
    EVP_PKEY* key() const { return key_.get(); }

private:
    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
    std::unique_ptr<X509, decltype(&X509_free)> certificate_;
};

// A file that is removed with the object.
class TemporaryFile {
public:
    explicit TemporaryFile(std::string_view content, std::string_view ending = {});
    ~TemporaryFile();
    std::string path() const { return path_.string(); }

private:
    std::filesystem::path path_;
};

// One accepted connection; every call blocks, at most 10 s. Failures show as short reads and false.
class ServerConnection {
public:
    ServerConnection(int descriptor, SSL_CTX* context) : descriptor_(descriptor), context_(context) {}
    ~ServerConnection();
    ServerConnection(const ServerConnection&) = delete;

    bool start_tls();
    std::string read(std::size_t limit = 65536);         // empty: end or failure
    std::string read_until(std::string_view delimiter);  // including it
    std::string read_exactly(std::size_t size);
    bool write(std::string_view data);
    void reset();  // closes with RST
    void close();  // closes in order, with close_notify when encrypted
    int descriptor() const { return descriptor_; }

private:
    int descriptor_;
    SSL_CTX* context_;
    SSL* ssl_ = nullptr;
    std::string unread_;
};

class LocalServer {
public:
    // `serve` runs on the server's one thread, for one connection after the other.
    using Serve = std::function<void(ServerConnection&)>;
    explicit LocalServer(Serve serve, const Certificate* certificate = nullptr, bool v6 = false);
    ~LocalServer();

    std::uint16_t port() const { return port_; }
    int accepted() const { return accepted_; }
    // To be set up before the first connection.
    SSL_CTX* tls() { return context_.get(); }
    static bool v6_available();

private:
    void run();
    Serve serve_;
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_{nullptr, SSL_CTX_free};
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<int> accepted_ = 0;
    std::atomic<bool> stopping_ = false;
    std::thread thread_;
};

// A loopback port where connection attempts get no answer: a listener whose queue is full.
class SilentPort {
public:
    SilentPort();
    ~SilentPort();
    std::uint16_t port() const { return port_; }
    // False where the kernel lets connections in nevertheless.
    bool is_silent() const { return silent_; }

private:
    int listener_ = -1;
    std::uint16_t port_ = 0;
    bool silent_ = false;
    std::vector<int> fillers_;
};

// A loopback port that nobody listens on.
std::uint16_t closed_port();

}  // namespace godwit::test
