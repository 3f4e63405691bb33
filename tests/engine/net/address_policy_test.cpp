#include "engine/net/address_policy.h"

#include <gtest/gtest.h>

using godwit::ErrorKind;
using godwit::net::AddressPolicy;

namespace {

bool allows(const AddressPolicy& policy, std::string_view address, std::uint16_t port = 993) {
    return policy.check(address, port).has_value();
}

TEST(AddressPolicy, DefaultAllowsPublicAddresses) {
    const AddressPolicy policy;
    for (const auto address :
         {"192.0.2.1",       "8.8.8.8",         "11.0.0.0",         "172.15.255.255",     "172.32.0.0",
          "192.167.255.255", "192.169.0.0",     "100.63.255.255",   "100.128.0.0",        "126.255.255.255",
          "128.0.0.0",       "169.253.255.255", "169.255.0.0",      "223.255.255.255",    "2001:db8::1",
          "2a00:1450::1",    "fbff::1",         "::ffff:192.0.2.1", "64:ff9b::192.0.2.1", "2002:c000:201::1"})
        EXPECT_TRUE(allows(policy, address)) << address;
}

TEST(AddressPolicy, DefaultRefusesWhatIsNotPublic) {
    const AddressPolicy policy;
    for (const auto address : {"0.0.0.0",
                               "0.1.2.3",
                               "10.0.0.0",
                               "10.255.255.255",
                               "172.16.0.0",
                               "172.31.255.255",
                               "192.168.0.1",
                               "100.64.0.0",
                               "100.127.255.255",
                               "127.0.0.1",
                               "127.255.255.255",
                               "169.254.169.254",
                               "224.0.0.1",
                               "239.255.255.255",
                               "240.0.0.1",
                               "255.255.255.255",
                               "::",
                               "::1",
                               "fc00::1",
                               "fdff::1",
                               "fe80::1",
                               "fe80::1%eth0",
                               "febf::1",
                               "fec0::1",
                               "ff02::1"})
        EXPECT_FALSE(allows(policy, address)) << address;
}

TEST(AddressPolicy, AnIpv4AddressInsideIpv6IsJudgedAsIpv4) {
    AddressPolicy policy;
    for (const auto address :
         {"::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1",
          "64:ff9b::10.0.0.1", "2002:7f00:1::", "2002:a00:1::5", "::ffff:0.0.0.0"})
        EXPECT_FALSE(allows(policy, address)) << address;
    ASSERT_TRUE(policy.allow("127.0.0.1"));
    EXPECT_TRUE(allows(policy, "::ffff:127.0.0.1"));
    EXPECT_FALSE(allows(policy, "::ffff:127.0.0.2"));
    ASSERT_TRUE(policy.allow("::ffff:10.0.0.0/104"));
    EXPECT_TRUE(allows(policy, "10.9.8.7"));
    EXPECT_FALSE(allows(policy, "192.168.1.1"));
}

TEST(AddressPolicy, NamedNetworks) {
    AddressPolicy policy;
    ASSERT_TRUE(policy.allow("loopback"));
    EXPECT_TRUE(allows(policy, "127.0.0.1"));
    EXPECT_TRUE(allows(policy, "::1"));
    EXPECT_FALSE(allows(policy, "10.0.0.1"));
    ASSERT_TRUE(policy.allow("private"));
    EXPECT_TRUE(allows(policy, "10.0.0.1"));
    EXPECT_TRUE(allows(policy, "fd12::1"));
}

TEST(AddressPolicy, AnyOpensNeitherLinkLocalNorMulticast) {
    AddressPolicy policy;
    ASSERT_TRUE(policy.allow("any"));
    EXPECT_TRUE(allows(policy, "127.0.0.1"));
    EXPECT_TRUE(allows(policy, "fd12::1"));
    EXPECT_FALSE(allows(policy, "169.254.169.254"));
    EXPECT_FALSE(allows(policy, "fe80::1"));
    EXPECT_FALSE(allows(policy, "224.0.0.1"));
    ASSERT_TRUE(policy.allow("169.254.1.0/24"));
    EXPECT_TRUE(allows(policy, "169.254.1.9"));
    EXPECT_FALSE(allows(policy, "169.254.169.254"));
    ASSERT_TRUE(policy.allow("224.0.0.0/4"));
    EXPECT_FALSE(allows(policy, "224.0.0.1"));
}

TEST(AddressPolicy, DenyWinsOverAllow) {
    AddressPolicy policy;
    ASSERT_TRUE(policy.allow("10.0.0.0/8"));
    ASSERT_TRUE(policy.deny("10.1.0.0/16"));
    ASSERT_TRUE(policy.deny("2001:db8:8000::/33"));
    EXPECT_TRUE(allows(policy, "10.2.0.1"));
    EXPECT_FALSE(allows(policy, "10.1.2.3"));
    EXPECT_TRUE(allows(policy, "2001:db8:7fff::1"));
    EXPECT_FALSE(allows(policy, "2001:db8:8000::1"));
    ASSERT_TRUE(policy.deny("any"));
    EXPECT_FALSE(allows(policy, "192.0.2.1"));
    EXPECT_FALSE(allows(policy, "2001:db8::1"));
}

TEST(AddressPolicy, ARuleAboutTransitionNetworksIsAboutThem) {
    AddressPolicy policy;
    ASSERT_TRUE(policy.deny("2002::/16"));
    ASSERT_TRUE(policy.deny("64:ff9b::/96"));
    EXPECT_FALSE(allows(policy, "2002:c000:201::1"));
    EXPECT_FALSE(allows(policy, "64:ff9b::192.0.2.1"));
    EXPECT_TRUE(allows(policy, "192.0.2.1"));
    ASSERT_TRUE(policy.deny("::ffff:0:0/96"));
    EXPECT_FALSE(allows(policy, "192.0.2.1"));
}

TEST(AddressPolicy, Ports) {
    AddressPolicy policy;
    policy.allow_ports({143, 993});
    EXPECT_TRUE(allows(policy, "192.0.2.1", 993));
    EXPECT_FALSE(allows(policy, "192.0.2.1", 22));
}

TEST(AddressPolicy, ErrorsNameTheAddressAndTheRule) {
    AddressPolicy policy;
    ASSERT_TRUE(policy.deny("192.0.2.0/24"));
    const auto refused = policy.check("192.0.2.7", 143);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::address_denied);
    EXPECT_EQ(refused.error().reach, godwit::Reach::host);
    EXPECT_EQ(refused.error().cause, "192.0.2.7 port 143 is refused: denied network 192.0.2.0/24");
}

TEST(AddressPolicy, RefusesWhatIsNotNumeric) {
    const AddressPolicy policy;
    for (const auto address :
         {"", "example.org", "192.0.2.1/32", "192.0.2", "0x7f.1", "1", "192.0.2.1 ", "[::1]"})
        EXPECT_FALSE(allows(policy, address)) << address;
}

TEST(AddressPolicy, RefusesNetworksThatAreNone) {
    AddressPolicy policy;
    for (const auto network :
         {"", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "::/129", "10.0.0.0/8x", "Any", "10/8"}) {
        const auto added = policy.allow(network);
        ASSERT_FALSE(added) << network;
        EXPECT_EQ(added.error().kind, ErrorKind::invalid_argument);
    }
}

}  // namespace
