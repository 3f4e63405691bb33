#include "scheduler/import/host_name.h"

#include <gtest/gtest.h>

#include <string>

namespace godwit::scheduler {
namespace {

std::string parsed(std::string_view text) {
    HostAndPort out;
    switch (parse_host(text, out)) {
        case HostProblem::none: return out.host + " " + std::to_string(out.port);
        case HostProblem::bad_host: return "bad_host";
        case HostProblem::bad_port: return "bad_port";
    }
    return "";
}

TEST(HostName, NamesAndAddresses) {
    EXPECT_EQ(parsed("imap.example.org"), "imap.example.org 0");
    EXPECT_EQ(parsed("IMAP.Example.ORG"), "imap.example.org 0");
    EXPECT_EQ(parsed("imap.example.org."), "imap.example.org 0");
    EXPECT_EQ(parsed("localhost"), "localhost 0");
    EXPECT_EQ(parsed("3com.example"), "3com.example 0");
    EXPECT_EQ(parsed("xn--mller-kva.example"), "xn--mller-kva.example 0");
    EXPECT_EQ(parsed("192.0.2.7"), "192.0.2.7 0");
    EXPECT_EQ(parsed("[2001:DB8::1]"), "2001:db8::1 0");
    EXPECT_EQ(parsed("2001:db8::1"), "2001:db8::1 0");
    EXPECT_EQ(parsed("::1"), "::1 0");
}

TEST(HostName, WithAPort) {
    EXPECT_EQ(parsed("imap.example.org:143"), "imap.example.org 143");
    EXPECT_EQ(parsed("192.0.2.7:65535"), "192.0.2.7 65535");
    EXPECT_EQ(parsed("[2001:db8::1]:1"), "2001:db8::1 1");
    EXPECT_EQ(parsed("imap.example.org:0"), "bad_port");
    EXPECT_EQ(parsed("imap.example.org:65536"), "bad_port");
    EXPECT_EQ(parsed("imap.example.org:"), "bad_port");
    EXPECT_EQ(parsed("imap.example.org:993x"), "bad_port");
    EXPECT_EQ(parsed("[::1]:+1"), "bad_port");
    EXPECT_EQ(parsed("imap://a.example"), "bad_port");
}

TEST(HostName, WhatIsNone) {
    for (const std::string_view text : {"",
                                        ".",
                                        "a..b",
                                        "-a.example",
                                        "a-.example",
                                        "a b",
                                        "a_b.example",
                                        "a.example/x",
                                        "user@a",
                                        "256.1.1.1",
                                        "1.2.3",
                                        "12345",
                                        "1.2.3.4.5",
                                        "[]",
                                        "[a.example]",
                                        "[192.0.2.7]",
                                        "[::1",
                                        "::1]",
                                        "[::1]x",
                                        ":::",
                                        "2001:db8::g",
                                        "fe80::1%eth0",
                                        "m\xC3\xBCller.example"})
        EXPECT_EQ(parsed(text), "bad_host") << text;
    EXPECT_EQ(parsed(std::string_view("a\0b", 3)), "bad_host");
    EXPECT_EQ(parsed(std::string_view("192.0.2.7\0x", 11)), "bad_host");
}

TEST(HostName, Lengths) {
    EXPECT_EQ(parsed(std::string(63, 'a')), std::string(63, 'a') + " 0");
    EXPECT_EQ(parsed(std::string(64, 'a')), "bad_host");
    std::string name;
    while (name.size() < 250) name += "a.";
    EXPECT_EQ(parsed(name + "abc"), name + "abc 0");
    EXPECT_EQ(parsed(name + "abcd"), "bad_host");
}

}  // namespace
}  // namespace godwit::scheduler
