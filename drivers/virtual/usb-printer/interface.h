/* Who has a printer's interface: the kernel's driver, a program, or nobody. */
#ifndef INTERFACE_H
#define INTERFACE_H

#include <glib.h>
#include <linux/usbdevice_fs.h>

struct interface {
    gboolean kernel_driver;
    /* A program outside this bus has it. */
    gboolean busy;
    /* The program on this bus that has it. */
    const void *holder;
    /* Shows the driver's name below /sys; NULL once that is gone. */
    char *driver_link;
};

/* At first the kernel's driver has it. */
void interface_init(struct interface *interface, const char *driver_link);
void interface_clear(struct interface *interface);
void interface_set_busy(struct interface *interface, gboolean busy);
void interface_detach(struct interface *interface);

/* These answer what the kernel does: 0 or the error. */
int interface_claim(struct interface *interface, const void *program);
int interface_release(struct interface *interface, const void *program);
int interface_driver(const struct interface *interface, struct usbdevfs_getdriver *driver);

/* USBDEVFS_IOCTL: attaches the kernel's driver or takes it away; answers the result of the call. */
int interface_drive(struct interface *interface, const struct usbdevfs_ioctl *command, int *errno_);

#endif
