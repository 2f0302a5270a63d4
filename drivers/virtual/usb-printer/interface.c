#include "interface.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const char *driver_name(const struct interface *interface) {
    if (interface->kernel_driver)
        return "usblp";
    return interface->holder || interface->busy ? "usbfs" : NULL;
}

static void show(const struct interface *interface) {
    const char *name = driver_name(interface);
    g_autofree char *target = name ? g_strconcat("../../../../../../bus/usb/drivers/", name, NULL) : NULL;
    if (!interface->driver_link)
        return;
    if (unlink(interface->driver_link) < 0 && errno != ENOENT)
        g_error("%s: %s", interface->driver_link, strerror(errno));
    if (target && symlink(target, interface->driver_link) < 0)
        g_error("%s: %s", interface->driver_link, strerror(errno));
}

void interface_init(struct interface *interface, const char *driver_link) {
    *interface = (struct interface){.kernel_driver = TRUE, .driver_link = g_strdup(driver_link)};
    show(interface);
}

void interface_clear(struct interface *interface) {
    g_clear_pointer(&interface->driver_link, g_free);
}

void interface_set_busy(struct interface *interface, gboolean busy) {
    interface->busy = busy;
    interface->kernel_driver = FALSE;
    show(interface);
}

void interface_detach(struct interface *interface) {
    interface->kernel_driver = FALSE;
    show(interface);
}

int interface_claim(struct interface *interface, const void *program) {
    if (interface->busy || interface->kernel_driver || (interface->holder && interface->holder != program))
        return EBUSY;
    interface->holder = program;
    show(interface);
    return 0;
}

int interface_release(struct interface *interface, const void *program) {
    if (interface->holder != program)
        return EINVAL;
    interface->holder = NULL;
    show(interface);
    return 0;
}

int interface_driver(const struct interface *interface, struct usbdevfs_getdriver *driver) {
    const char *name = driver_name(interface);
    if (!name)
        return ENODATA;
    g_strlcpy(driver->driver, name, sizeof(driver->driver));
    return 0;
}

int interface_drive(struct interface *interface, const struct usbdevfs_ioctl *command, int *errno_) {
    gboolean detach = command->ioctl_code == (int)USBDEVFS_DISCONNECT;
    *errno_ = 0;
    if (!detach && command->ioctl_code != (int)USBDEVFS_CONNECT)
        *errno_ = ENOTTY;
    else if (detach && !interface->kernel_driver)
        *errno_ = ENODATA;
    else if (!detach && (interface->holder || interface->busy))
        *errno_ = EBUSY;
    if (*errno_)
        return -1;
    interface->kernel_driver = !detach;
    show(interface);
    return detach ? 0 : 1;
}
