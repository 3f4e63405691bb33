// IoThreads: io_contexts with one thread each, so that whatever runs on one needs no locks.
#pragma once

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

namespace godwit::daemon {

class IoThreads {
public:
    // One context for each name; nothing runs before start().
    explicit IoThreads(std::vector<std::string> names);
    IoThreads(const IoThreads&) = delete;
    ~IoThreads();

    void start();
    // Waits until the contexts have nothing left to do.
    void join();
    boost::asio::io_context& operator[](std::size_t index) { return *contexts_[index]; }

private:
    std::vector<std::string> names_;
    std::vector<std::unique_ptr<boost::asio::io_context>> contexts_;
    std::vector<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> guards_;
    std::vector<std::thread> threads_;
};

}  // namespace godwit::daemon
