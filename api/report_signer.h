// ReportSigner: the key that this node signs its reports with. Any thread.
#pragma once

#include <mutex>

#include "engine/base/signature.h"
#include "scheduler/migration.h"

namespace godwit::api {

class ReportSigner {
public:
    ReportSigner(SigningKey key, std::string host_name) : key_(std::move(key)), host_name_(std::move(host_name)) {}

    const SigningKey& key() const { return key_; }
    // A node has another id each time it joins.
    void set_node(scheduler::NodeId node) {
        const std::lock_guard lock(mutex_);
        node_ = std::move(node);
    }
    // The public part, as the store keeps it.
    scheduler::ReportKey shown() const {
        const std::lock_guard lock(mutex_);
        return {fingerprint_of(key_.public_key()), key_.public_key(), host_name_, node_, {}, {}};
    }

private:
    const SigningKey key_;
    const std::string host_name_;
    mutable std::mutex mutex_;
    scheduler::NodeId node_;
};

}  // namespace godwit::api
